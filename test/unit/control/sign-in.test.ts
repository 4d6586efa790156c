import { beforeEach, describe, expect, it } from "vitest";
import { totpCode } from "../../../src/auth/totp.ts";
import { ADMIN_TOKEN, createWorld, type World } from "./world.ts";

const PASSWORD = "correct horse battery";
const STEP_MS = 30_000;

let world: World;
let totpSecret: string;
let recoveryCodes: readonly string[];
beforeEach(async () => {
  world = await createWorld();
  const made = await bootstrap();
  totpSecret = made.body.totp.secret;
  recoveryCodes = made.body.recoveryCodes;
});

const bootstrap = (token = ADMIN_TOKEN, name = "ann") =>
  world.call("POST", "/principals/bootstrap", { token, body: { name, password: PASSWORD } });

const code = () => totpCode(totpSecret, world.clock.now);

interface Given {
  readonly name?: string;
  readonly password?: string;
  readonly code?: string;
  readonly recoveryCode?: string;
  readonly transport?: "bearer" | "cookie";
}

/** As nobody, from an address. */
async function signIn(given: Given, ip = "203.0.113.9") {
  const response = await world.fetch(
    new Request("http://control.test/api/v1/sessions", {
      method: "POST",
      headers: { "Content-Type": "application/json", "CF-Connecting-IP": ip },
      body: JSON.stringify({ name: "ann", password: PASSWORD, ...given }),
    }),
  );
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const bearer = async () => ((await signIn({ code: code() })).body as { token: string }).token;
const later = (ms: number) => {
  world.clock.now += ms;
};

describe("the first admin", () => {
  it("is made once, by the deployment's own token", async () => {
    const again = await bootstrap(ADMIN_TOKEN, "bob");
    expect([again.status, again.body.type]).toEqual([409, "/problems/bootstrapped"]);
    expect(recoveryCodes).toHaveLength(10);
  });

  it.each(["another-token-of-32-characters!!", `${ADMIN_TOKEN}x`, ""])("is not made by %j", async (token) => {
    world = await createWorld();
    const refused = await bootstrap(token);
    expect([refused.status, refused.body.type]).toEqual([401, "/problems/unauthenticated"]);
  });

  it("has the token for nothing else", async () => {
    expect((await world.call("GET", "/table", { token: ADMIN_TOKEN })).status).toBe(401);
  });

  it("is made anew in the local world, where the first answer may be lost", async () => {
    world = await createWorld({ isLocalWorld: true });
    await bootstrap();
    const token = await world.admit({ name: "bob", roles: ["viewer"] });
    totpSecret = (await bootstrap()).body.totp.secret;
    expect((await signIn({ code: code() })).status).toBe(201);
    expect((await bootstrap(ADMIN_TOKEN, "bob")).status).toBe(409);
    expect((await world.call("GET", "/table", { token })).status).toBe(200);
  });
});

describe("signing in", () => {
  it("gives a session for password and code", async () => {
    const { status, body } = await signIn({ name: "ANN", code: code() });
    expect([status, body]).toMatchObject([201, { secondFactor: "used", csrfToken: null }]);
    const me = await world.call("GET", "/principals/me", { token: (body as { token: string }).token });
    expect(me.body).toMatchObject({ name: "ann", kind: "person", grants: [{ permissions: ["*"] }] });
  });

  it("takes a code once, also from a clock that is a step off", async () => {
    const used = code();
    expect((await signIn({ code: used })).status).toBe(201);
    expect((await signIn({ code: used })).status).toBe(401);
    later(STEP_MS);
    expect((await signIn({ code: used })).status).toBe(401);
    later(60_000);
    expect((await signIn({ code: totpCode(totpSecret, world.clock.now - 2 * STEP_MS) })).status).toBe(401);
    expect((await signIn({ code: totpCode(totpSecret, world.clock.now - STEP_MS) })).status).toBe(201);
  });

  it("takes one code once, however many bring it at the same time", async () => {
    const given = { code: code() };
    const tries = await Promise.all([signIn(given), signIn(given), signIn(given)]);
    expect(tries.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it("takes each recovery code once", async () => {
    const [first = "", second = ""] = recoveryCodes;
    expect((await signIn({ recoveryCode: first.toUpperCase() })).status).toBe(201);
    expect((await signIn({ recoveryCode: first })).status).toBe(401);
    expect((await signIn({ recoveryCode: second })).status).toBe(201);
  });

  it("gives the same answer whatever is wrong", async () => {
    const answers = [
      await signIn({ name: "nobody-of-that-name", code: code() }, "192.0.2.1"),
      await signIn({ password: "wrong", code: code() }, "192.0.2.2"),
      await signIn({ code: "000000" }, "192.0.2.3"),
      await signIn({}, "192.0.2.4"),
      await signIn({ recoveryCode: "0000-0000-0000-0000" }, "192.0.2.5"),
      // A machine has no password.
      await signIn({ name: "admin", code: code() }, "192.0.2.6"),
    ];
    const told = answers.map(({ status, body }) => ({ status, body: { ...(body as object), requestId: null } }));
    expect(new Set(told.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(told[0]?.body).toMatchObject({ status: 401, type: "/problems/sign-in-refused" });
    // And the same once the name is locked out.
    for (let i = 0; i < 6; i++) await signIn({ password: "wrong" }, `192.0.2.${10 + i}`);
    const locked = await signIn({ code: code() }, "192.0.2.99");
    expect({ status: locked.status, body: { ...(locked.body as object), requestId: null } }).toEqual(told[0]);
  });
});

/** What a sign-in asks of the store of principals, whatever it is told. */
async function workOf(given: Given): Promise<readonly string[]> {
  const asked: string[] = [];
  const parts: readonly object[] = [world.auth.accounts, world.auth.passkeys];
  for (const part of parts)
    for (const [name, ask] of Object.entries(part))
      Object.assign(part, {
        [name]: (...args: unknown[]) => {
          asked.push(name);
          return ask(...args);
        },
      });
  expect((await signIn(given)).status).toBe(401);
  return asked;
}

it.each<[string, () => Given, () => Given]>([
  ["name", () => ({ name: "nobody", code: "000000" }), () => ({ code: "000000" })],
  ["password and code", () => ({ password: "wrong", code: code() }), () => ({ code: "000000" })],
  [
    "recovery code",
    () => ({ password: "wrong", recoveryCode: "0000-0000-0000-0000" }),
    () => ({ recoveryCode: "0000-0000-0000-0000" }),
  ],
])("does the same work for a wrong %s as for a wrong factor alone", async (_name, wrong, wrongFactor) => {
  const expected = await workOf(wrongFactor());
  expect(expected.at(-1)).toMatch(/^use/);
  world = await createWorld();
  totpSecret = (await bootstrap()).body.totp.secret;
  expect(await workOf(wrong())).toEqual(expected);
});

it("uses nobody's recovery code up for who does not know the password", async () => {
  const [recoveryCode = ""] = recoveryCodes;
  expect((await signIn({ password: "wrong", recoveryCode })).status).toBe(401);
  expect((await signIn({ recoveryCode })).status).toBe(201);
});

describe("lock-out", () => {
  it("by name: the right password is refused for a while, from anywhere, and then let in", async () => {
    for (let i = 0; i < 4; i++) await signIn({ password: "wrong" }, `192.0.2.${i}`);
    expect((await signIn({ code: code() }, "192.0.2.50")).status).toBe(401);
    later(1000);
    expect((await signIn({ code: code() }, "192.0.2.50")).status).toBe(201);
    // Success has forgiven the name.
    later(STEP_MS);
    expect((await signIn({ password: "wrong" }, "192.0.2.51")).status).toBe(401);
    expect((await signIn({ code: code() }, "192.0.2.51")).status).toBe(201);
  });

  it("by address: of whatever names, and one that signs in between forgives nothing", async () => {
    for (let i = 0; i < 4; i++) await signIn({ name: `guess-${i}`, password: "wrong" });
    expect((await signIn({ code: code() })).status).toBe(401);
    expect((await signIn({ code: code() }, "192.0.2.1")).status).toBe(201);
    later(STEP_MS);
    expect((await signIn({ code: code() })).status).toBe(201);
    await signIn({ name: "guess-5", password: "wrong" });
    later(1000);
    expect((await signIn({ code: totpCode(totpSecret, world.clock.now + STEP_MS) })).status).toBe(401);
  });

  it("counts addresses of a v6 /64 as one", async () => {
    for (let i = 0; i < 4; i++) await signIn({ name: `guess-${i}`, password: "wrong" }, `2001:db8::${i}`);
    expect((await signIn({ code: code() }, "2001:db8::ffff")).status).toBe(401);
    expect((await signIn({ code: code() }, "2001:db8:0:1::1")).status).toBe(201);
  });

  it("holds for the second factor of a session, too", async () => {
    const token = await bearer();
    const stepUp = (given: object) => world.call("POST", "/sessions/step-up", { token, body: given });
    for (let i = 0; i < 4; i++) expect((await stepUp({ code: "000000" })).status).toBe(401);
    expect((await stepUp({ recoveryCode: recoveryCodes[0] })).status).toBe(401);
    later(1000);
    expect((await stepUp({ recoveryCode: recoveryCodes[0] })).status).toBe(200);
  });

  it("by name leaves alone who is signed in: no stranger keeps them from their second factor", async () => {
    const token = await bearer();
    for (let i = 0; i < 8; i++) await signIn({ password: "wrong" }, `192.0.2.${i}`);
    const body = { recoveryCode: recoveryCodes[0] };
    expect((await world.call("POST", "/sessions/step-up", { token, body })).status).toBe(200);
    const change = { current: PASSWORD, password: "another long password" };
    expect((await world.call("PUT", "/principals/me/password", { token, body: change })).status).toBe(204);
  });

  it("of an address locks nobody else out: what comes from there is not counted meanwhile", async () => {
    for (let i = 0; i < 4; i++) await signIn({ name: `guess-${i}`, password: "wrong" });
    for (let i = 0; i < 8; i++) await signIn({ password: "wrong" });
    expect((await signIn({ code: code() }, "192.0.2.1")).status).toBe(201);
  });

  it("counts attempts that come at the same time", async () => {
    const tries = Array.from({ length: 8 }, (_, i) => signIn({ password: "wrong" }, `192.0.2.${i}`));
    await Promise.all(tries);
    expect((await signIn({ code: code() }, "192.0.2.50")).status).toBe(401);
  });
});

describe("a session", () => {
  it("asks for the second factor again after five minutes, where it matters", async () => {
    const token = await bearer();
    const add = () => world.call("POST", "/principals", { token, body: { name: "bob", kind: "machine" } });
    later(300_001);
    const challenged = await add();
    expect([challenged.status, challenged.body.type]).toEqual([401, "/problems/step-up"]);
    expect(challenged.headers.get("WWW-Authenticate")).toContain('error="insufficient_user_authentication"');
    expect(challenged.body.challenge).toEqual({
      kind: "second-factor",
      path: "/sessions/step-up",
      methods: ["code", "recoveryCode", "passkey"],
      maxAgeSeconds: 300,
    });
    const stepped = await world.call("POST", "/sessions/step-up", { token, body: { code: code() } });
    expect(stepped.status).toBe(200);
    expect((await add()).status).toBe(201);
  });

  it("ends after fifteen minutes, or is renewed until twelve hours are over", async () => {
    const token = await bearer();
    later(899_000);
    expect((await world.call("POST", "/sessions/renew", { token })).status).toBe(200);
    later(899_000);
    expect((await world.call("GET", "/table", { token })).status).toBe(200);
    later(1000);
    expect((await world.call("GET", "/table", { token })).status).toBe(401);
    const patient = await bearer();
    for (let minutes = 0; minutes < 12 * 60; minutes += 14) {
      await world.call("POST", "/sessions/renew", { token: patient });
      later(14 * 60_000);
    }
    expect((await world.call("POST", "/sessions/renew", { token: patient })).status).toBe(401);
  });

  it("ends when it is told to, when roles change, and when the password does", async () => {
    const [first, second] = [await bearer(), await world.admit({ name: "bob", roles: ["viewer"] })];
    expect((await world.call("DELETE", "/sessions/current", { token: first })).status).toBe(204);
    expect((await world.call("GET", "/table", { token: first })).status).toBe(401);
    await world.call("PATCH", "/principals/bob", { body: { roles: [{ role: "operator" }] } });
    expect((await world.call("GET", "/table", { token: second })).status).toBe(401);
    later(STEP_MS);
    const third = await bearer();
    later(STEP_MS);
    const fourth = await bearer();
    const body = { current: PASSWORD, password: "another long password" };
    expect((await world.call("PUT", "/principals/me/password", { token: fourth, body })).status).toBe(204);
    expect((await world.call("GET", "/table", { token: third })).status).toBe(401);
    expect((await world.call("GET", "/table", { token: fourth })).status).toBe(200);
    later(STEP_MS);
    expect((await signIn({ code: code() })).status).toBe(401);
    expect((await signIn({ password: body.password, code: code() })).status).toBe(201);
  });

  it("in a cookie needs the page's own header for every write", async () => {
    const { headers, body } = await signIn({ code: code(), transport: "cookie" });
    const { csrfToken, token } = body as { csrfToken: string; token: null };
    expect(token).toBeNull();
    const set = headers.get("Set-Cookie") ?? "";
    expect(set).toMatch(/^__Host-novacron=nvs_\w{43}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=43200$/);
    const cookie = set.split(";")[0] ?? "";
    const call = (method: string, path: string, more: Record<string, string> = {}) =>
      world.fetch(new Request(`http://control.test/api/v1${path}`, { method, headers: { Cookie: cookie, ...more } }));
    expect((await call("GET", "/table")).status).toBe(200);
    const forged = await call("DELETE", "/sessions/current");
    expect([forged.status, ((await forged.json()) as { type: string }).type]).toEqual([403, "/problems/forged"]);
    expect((await call("DELETE", "/sessions/current", { "X-CSRF-Token": `${csrfToken}0` })).status).toBe(403);
    expect((await call("GET", "/table", { Authorization: `Bearer ${cookie.split("=")[1]}` })).status).toBe(401);
    // Who has lost the page that knew it can sign in again.
    later(STEP_MS);
    const again = new Request("http://control.test/api/v1/sessions", {
      method: "POST",
      headers: { Cookie: cookie, "Content-Type": "application/json" },
      body: JSON.stringify({ name: "ann", password: PASSWORD, code: code() }),
    });
    expect((await world.fetch(again)).status).toBe(201);
    const ended = await call("DELETE", "/sessions/current", { "X-CSRF-Token": csrfToken });
    expect([ended.status, ended.headers.get("Set-Cookie")]).toEqual([204, expect.stringContaining("Max-Age=0")]);
    expect((await call("GET", "/table")).status).toBe(401);
  });
});

describe("a person who is new", () => {
  it("may do nothing but set up a second factor", async () => {
    const made = await world.call("POST", "/principals", { body: { name: "cy", roles: [{ role: "operator" }] } });
    const begun = await signIn({ name: "cy", password: made.body.password });
    expect(begun.body).toMatchObject({ secondFactor: "missing" });
    const { token } = begun.body as { token: string };
    const refused = await world.call("GET", "/weights", { token });
    expect([refused.status, refused.body.type]).toEqual([401, "/problems/step-up"]);
    expect((await world.call("POST", "/principals/me/recovery-codes", { token })).status).toBe(401);

    const offer = await world.call("POST", "/principals/me/totp", { token });
    const confirm = (given: string) =>
      world.call("POST", "/principals/me/totp/confirm", { token, body: { code: given } });
    expect((await confirm("000000")).status).toBe(401);
    const confirmed = await confirm(totpCode(offer.body.secret, world.clock.now));
    expect([confirmed.status, confirmed.body.recoveryCodes.length]).toEqual([200, 10]);
    expect((await world.call("GET", "/weights", { token })).status).toBe(200);
    expect((await signIn({ name: "cy", password: made.body.password })).status).toBe(401);
    expect(
      (await signIn({ name: "cy", password: made.body.password, recoveryCode: confirmed.body.recoveryCodes[3] }))
        .status,
    ).toBe(201);
  });

  it("cannot put a new factor in the place of one without having just used it", async () => {
    const token = await bearer();
    later(300_001);
    const refused = await world.call("POST", "/principals/me/totp", { token });
    expect([refused.status, refused.body.type]).toEqual([401, "/problems/step-up"]);
  });
});
