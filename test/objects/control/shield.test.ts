import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, it } from "vitest";
import { mitigator } from "../../../durable-objects/stubs.ts";
import { d1AuthStore } from "../../../src/adapters/d1/auth-store.ts";
import { sha256Hex } from "../../../src/adapters/web-crypto/digest.ts";
import { noProofs } from "../../../src/auth/account.ts";
import { formatSecret } from "../../../src/auth/secret.ts";
import { control } from "../../../workers/control/main.ts";
import { eventually } from "../eventually.ts";

const TOKEN = formatSecret("token", new Uint8Array(32).fill(7));

async function call(method: string, path: string, body?: unknown) {
  const request = new Request<unknown, IncomingRequestCfProperties>(`http://${env.CONTROL_HOST}/api/v1${path}`, {
    method,
    headers: { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const response = await control.fetch(request, env, createExecutionContext());
  const text = await response.text();
  return { status: response.status, body: text === "" ? null : JSON.parse(text) };
}

async function signIn(): Promise<void> {
  const auth = d1AuthStore(env.DB);
  const admin = { role: "admin", regions: null, services: null };
  const who = { id: "robot", name: "robot", kind: "machine", email: null, allowlist: [], createdAt: 0 } as const;
  await auth.accounts.create({ ...who, roles: [admin] }, noProofs);
  const times = { createdAt: 0, expiresAt: null, lastUsedAt: null };
  const token = { id: "token", principal: "robot", name: "test", limit: null, ...times, stepUpExempt: true };
  await auth.tokens.create(token, await sha256Hex(TOKEN));
}

beforeAll(signIn);

// The resources are tested over a fake; this is that the real mitigator and table fit.
it("shows and lifts a ban of the real mitigator, which a rollback leaves as it is", async () => {
  expect((await call("POST", "/shield/policies", { id: "standard" })).status).toBe(201);
  expect((await call("GET", "/shield/status")).body).toMatchObject({ mitigator: { attacks: [] }, observed: 0 });

  const offence = { limit: "standard", client: "203.0.113.9", at: Date.now(), seconds: 10, offered: 5e4, allowed: 1e4 };
  await mitigator(env).breached(offence);
  const entry = await eventually(async () => {
    const found = await call("GET", "/blacklist/203.0.113.9");
    expect(found).toMatchObject({ status: 200, body: { evidence: { state: "in-force" } } });
    return found.body;
  });
  expect(entry).toMatchObject({
    evidence: { offence: 1, by: "shield", evidence: { kind: "breach", limit: "standard" } },
  });
  expect((await call("GET", "/shield/bans")).body.items).toMatchObject([{ cidr: "203.0.113.9/32", id: entry.ban }]);
  expect((await call("GET", "/shield/status")).body.blacklist).toEqual({ shield: 1, people: 0 });

  expect((await call("POST", "/table/rollback", { epoch: 1, reason: "a slip" })).status).toBe(200);
  expect((await call("GET", "/blacklist/203.0.113.9")).status).toBe(200);

  const known = await call("GET", "/shield/bans/203.0.113.9");
  expect(known.body).toMatchObject({ madeBy: "shield", standing: { offences: 1, nextSecondsIfLifted: 3600 } });
  const removed = await call("DELETE", "/blacklist/203.0.113.9");
  expect(removed).toMatchObject({ status: 200, body: { lifted: entry.ban, coveredBy: [] } });
  expect((await call("GET", "/shield/bans?state=all")).body.items).toMatchObject([{ state: "lifted" }]);
  expect((await call("GET", "/shield/attacks")).body.items).toEqual([]);
  expect((await call("GET", "/shield/proposals")).body.items).toEqual([]);
  expect((await call("GET", "/shield/alerts")).status).toBe(200);
});

it("counts the real mitigator's good clients in a ban of people", async () => {
  const clients = ["203.0.113.7", "203.0.113.8", "192.0.2.1"];
  for (const age of [900_000, 0])
    await mitigator(env).sighted(clients.map((client) => ({ client, at: Date.now() - age })));
  const made = await call("POST", "/blacklist", { cidr: "203.0.113.0/24", reason: "scans" });
  expect(made).toMatchObject({
    status: 201,
    body: { goodClients: { held: 2, known: 3 }, warnings: [{ code: "touches-good-clients" }] },
  });
  expect(await mitigator(env).goodClientsIn(["nonsense", "192.0.2.1/32"])).toEqual({ known: 3, held: [0, 1] });
});
