import { beforeEach, describe, expect, it } from "vitest";
import { totpCode } from "../../../src/auth/totp.ts";
import { ADMIN_TOKEN, createWorld, type World } from "./world.ts";

const PASSWORD = "correct horse battery";

let world: World;
let secret: string;
beforeEach(async () => {
  world = await createWorld();
  const bootstrap = { token: ADMIN_TOKEN, body: { name: "ann", password: PASSWORD } };
  secret = (await world.call("POST", "/principals/bootstrap", bootstrap)).body.totp.secret;
});

async function signIn(given: object) {
  const response = await world.fetch(
    new Request("http://control.test/api/v1/sessions", {
      method: "POST",
      headers: { "Content-Type": "application/json", "CF-Connecting-IP": "203.0.113.9" },
      body: JSON.stringify({ name: "ann", password: PASSWORD, code: totpCode(secret, world.clock.now), ...given }),
    }),
  );
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const newest = (count: number) =>
  world.audit.entries
    .slice(-count)
    .map(({ principal, target, result }) => [principal?.name ?? null, target, result.outcome, result.reason]);

it("records who made the first admin, and no proof of theirs", () => {
  expect(newest(2)).toEqual([
    ["ADMIN_TOKEN", "principals/bootstrap", "begun", null],
    ["ADMIN_TOKEN", "principals/bootstrap", "done", null],
  ]);
  expect(world.audit.entries.at(-1)?.changes).toMatchObject([{ before: null, after: { name: "ann" } }]);
});

describe("signing in", () => {
  it("is recorded as of who came in, before the session is there and after", async () => {
    const { body } = await signIn({});
    expect(newest(2)).toEqual([
      ["ann", "sessions", "begun", null],
      ["ann", "sessions", "done", null],
    ]);
    const { id, token } = body as { id: string; token: string };
    expect(world.audit.entries.at(-1)).toMatchObject({
      principal: { kind: "person", credential: id },
      address: "203.0.113.9",
      changes: [{ what: `sessions/${id}`, before: null }],
    });
    const log = world.audit.sealed.map(({ text }) => text).join("");
    for (const hidden of [token, PASSWORD, secret]) expect(log).not.toContain(hidden);
  });

  it("does not happen when it cannot be recorded", async () => {
    world.audit.unreachable = true;
    expect((await signIn({})).status).toBe(503);
    world.audit.unreachable = false;
    expect(await world.auth.sessions.list({ limit: 10, after: null }, world.clock.now)).toEqual([]);
  });

  it("that fails is recorded as nobody's, and counted when it comes in floods", async () => {
    for (let i = 0; i < 5; i++) await signIn({ password: "wrong horse battery" });
    expect(newest(1)).toEqual([[null, "sessions", "refused", "sign-in-refused"]]);
    const before = world.audit.entries.length;
    await world.elapse();
    expect(world.audit.entries.slice(before)).toMatchObject([{ attempts: 4, address: "203.0.113.9" }]);
  });
});

describe("what somebody was not let do", () => {
  it.each<[string, string, object, string]>([
    ["GET", "/principals", { roles: ["viewer"] }, "forbidden"],
    ["POST", "/table/rollback", { roles: ["admin"], secondFactorAgeMs: 600_000 }, "step-up"],
    ["POST", "/table/rollback", { kind: "machine", roles: ["admin"] }, "person-needed"],
  ])("is recorded: %s %s as %j", async (method, path, who, reason) => {
    const token = await world.admit({ name: "bob", ...who } as Parameters<World["admit"]>[0]);
    await world.call(method, path, { token });
    expect(newest(1)).toEqual([["bob", path.slice(1), "refused", reason]]);
  });

  it("is recorded where the session's page did not ask", async () => {
    const { headers } = await signIn({ transport: "cookie" });
    const cookie = headers.get("Set-Cookie")?.split(";")[0] ?? "";
    await world.fetch(
      new Request("http://control.test/api/v1/weights", { method: "PUT", headers: { Cookie: cookie }, body: "{}" }),
    );
    expect(newest(1)).toEqual([["ann", "weights", "refused", "forged"]]);
  });

  it("is recorded from an address that may not", async () => {
    const token = await world.admit({ name: "bob", roles: ["viewer"], allowlist: ["203.0.113.0/24"] });
    await world.call("GET", "/table", { token });
    expect(newest(1)).toEqual([["bob", "table", "refused", "address-not-allowed"]]);
  });
});

describe("what changes about somebody", () => {
  it.each<[string, string, object | undefined, object]>([
    ["POST", "/principals", { name: "eve", kind: "person", roles: [] }, { before: null, after: { name: "eve" } }],
    [
      "PATCH",
      "/principals/bob",
      { email: "b@example.com" },
      { before: { email: null }, after: { email: "b@example.com" } },
    ],
    ["DELETE", "/principals/bob", undefined, { before: { name: "bob" }, after: null }],
    ["POST", "/principals/bob/reset", undefined, { what: "principals/bob/password", after: "[redacted]" }],
    ["PUT", "/principals/bob/allowlist", { networks: ["203.0.113.0/24"] }, { before: [], after: ["203.0.113.0/24"] }],
    ["PUT", "/control-allowlist", { networks: ["127.0.0.0/8"] }, { before: [], after: ["127.0.0.0/8"] }],
    ["PUT", "/roles/staff", { permissions: ["table:read"] }, { what: "roles/staff", before: null }],
    ["POST", "/tokens", { principal: "robot", name: "ci", ttlSeconds: 3600 }, { before: null, after: { name: "ci" } }],
    ["DELETE", "/sessions/bob-credential", undefined, { before: { principal: "bob" }, after: null }],
  ])("is recorded: %s %s", async (method, path, body, change) => {
    await world.admit({ name: "bob", roles: ["viewer"] });
    await world.admit({ name: "robot", kind: "machine", roles: ["viewer"] });
    const reply = await world.call(method, path, body === undefined ? {} : { body });
    expect(reply.status).toBeLessThan(300);
    expect(world.audit.entries.at(-1)?.changes).toMatchObject([change]);
    const log = JSON.stringify(world.audit.sealed);
    for (const hidden of [reply.body?.password, reply.body?.token]) if (hidden) expect(log).not.toContain(hidden);
  });

  it("is recorded of oneself", async () => {
    const token = await world.admit({ name: "bob", roles: ["viewer"] });
    const offer = await world.call("POST", "/principals/me/totp", { token });
    expect(newest(1)).toEqual([["bob", "principals/me/totp", "done", null]]);
    expect(world.audit.entries.at(-1)?.changes).toMatchObject([{ before: null, after: "[redacted]" }]);
    expect(JSON.stringify(world.audit.sealed)).not.toContain(offer.body.secret);
  });
});
