import { beforeEach, describe, expect, it } from "vitest";
import { createWorld, type World } from "./world.ts";

let world: World;
beforeEach(async () => {
  world = await createWorld();
});

const typeOf = ({ status, body }: Awaited<ReturnType<World["call"]>>) => [
  status,
  body?.type?.replace("/problems/", ""),
];

const STAFF_AREAS = ["principals:*", "roles:*", "tokens:*", "sessions:*"];

describe("nobody gives what they do not have", () => {
  const staff = { name: "staff", permissions: [...STAFF_AREAS, "table:read", "weights:*"] };
  let token: string;
  beforeEach(async () => {
    await world.call("PUT", "/roles/staff", { body: { permissions: staff.permissions } });
    await world.call("PUT", "/roles/powerful", { body: { permissions: ["table:*"] } });
    token = await world.admit({ name: "ann", roles: ["staff"] });
    await world.admit({ name: "boss", roles: ["admin"] });
    await world.admit({ name: "robot", kind: "machine", roles: ["admin"] });
    await world.admit({ name: "bob", roles: [] });
  });

  it.each<[string, string, string, unknown]>([
    ["making an admin", "POST", "/principals", { name: "eve", roles: [{ role: "admin" }] }],
    ["making oneself one", "PATCH", "/principals/ann", { roles: [{ role: "admin" }] }],
    ["a role that may more", "PUT", "/roles/more", { permissions: ["table:write"] }],
    ["making one's own role more", "PUT", "/roles/staff", { permissions: ["*"] }],
    ["a token of a machine that may more", "POST", "/tokens", { principal: "robot", name: "t" }],
    ["demoting an admin", "PATCH", "/principals/boss", { roles: [] }],
    ["a new password for an admin", "POST", "/principals/boss/reset", undefined],
    ["removing an admin", "DELETE", "/principals/boss", undefined],
    ["a role that others have more by, made less", "PUT", "/roles/powerful", { permissions: ["table:read"] }],
    ["revoking the token of a machine that may more", "DELETE", "/tokens/robot-credential", undefined],
    ["ending an admin's session", "DELETE", "/sessions/boss-credential", undefined],
    ["shutting an admin out", "PUT", "/principals/boss/allowlist", { networks: ["192.0.2.0/24"] }],
  ])("refuses %s", async (_name, method, path, body) => {
    expect(typeOf(await world.call(method, path, { token, body }))).toEqual([403, "exceeds-grants"]);
  });

  it("lets them give what they have", async () => {
    const roles = [{ role: "staff", regions: ["us-east-1"] }];
    expect((await world.call("PATCH", "/principals/bob", { token, body: { roles } })).status).toBe(200);
    expect((await world.call("PUT", "/roles/less", { token, body: { permissions: ["weights:read"] } })).status).toBe(
      201,
    );
  });
});

describe("principals", () => {
  it("are listed page by page, without anything secret", async () => {
    await world.call("POST", "/principals", { body: { name: "ann", email: "ann@example.com" } });
    const first = await world.call("GET", "/principals?limit=1");
    const second = await world.call("GET", `/principals?limit=1&cursor=${first.body.cursor}`);
    expect([first.body.items.length, second.body.items.length, second.body.cursor]).toEqual([1, 1, undefined]);
    expect(JSON.stringify([first.body, second.body])).not.toMatch(/scrypt|secret|hash/i);
  });

  it("cannot share a name", async () => {
    const add = (name: string) => world.call("POST", "/principals", { body: { name } });
    expect((await add("ann")).status).toBe(201);
    expect(typeOf(await add("ANN"))).toEqual([409, "exists"]);
  });

  it("keep an admin among them", async () => {
    await world.admit({ name: "ann", roles: ["admin"] });
    expect(typeOf(await world.call("DELETE", "/principals/ann"))).toEqual([409, "last-admin"]);
    expect(typeOf(await world.call("PATCH", "/principals/ann", { body: { roles: [] } }))).toEqual([409, "last-admin"]);
    await world.admit({ name: "bob", roles: ["admin"] });
    expect((await world.call("DELETE", "/principals/ann")).status).toBe(204);
  });

  it.each([
    ["a role that is not there", { name: "x", roles: [{ role: "gone" }] }, "/roles/0/role"],
    ["no region in a scope", { name: "x", roles: [{ role: "viewer", regions: [] }] }, "/roles/0/regions"],
    ["a name with spaces", { name: "a b" }, "/name"],
    ["an email that is none", { name: "x", email: "x" }, "/email"],
    ["a field that is unknown", { name: "x", admin: true }, "/admin"],
  ])("are refused with %s", async (_name, body, path) => {
    const refused = await world.call("POST", "/principals", { body });
    expect([refused.status, refused.body.errors[0].path]).toEqual([422, path]);
  });

  it("get a new password and lose everything else on reset", async () => {
    const token = await world.admit({ name: "ann", roles: ["viewer"] });
    const reset = await world.call("POST", "/principals/ann/reset");
    expect(reset.body.password).toMatch(/^nvp_/);
    expect((await world.call("GET", "/table", { token })).status).toBe(401);
  });
});

describe("roles", () => {
  it("that are standard do not change", async () => {
    const body = { permissions: ["*"] };
    expect(typeOf(await world.call("PUT", "/roles/viewer", { body }))).toEqual([409, "standard-role"]);
    expect(typeOf(await world.call("DELETE", "/roles/admin"))).toEqual([409, "standard-role"]);
  });

  it("that somebody has do not go", async () => {
    await world.call("PUT", "/roles/dialler", { body: { permissions: ["weights:*"] } });
    await world.call("POST", "/principals", { body: { name: "ann", roles: [{ role: "dialler" }] } });
    expect(typeOf(await world.call("DELETE", "/roles/dialler"))).toEqual([409, "role-in-use"]);
    const { items, cursor } = (await world.call("GET", "/roles?limit=3")).body;
    expect(items.map(({ name }: { name: string }) => name)).toEqual(["admin", "auditor", "dialler"]);
    expect(items[2]).toEqual({ name: "dialler", permissions: ["weights:*"], isStandard: false });
    const rest = (await world.call("GET", `/roles?limit=3&cursor=${cursor}`)).body;
    expect([rest.items.length, rest.cursor]).toEqual([2, undefined]);
  });

  it.each(["weights:eat", "audit:write", "weights", "*:write", "*:*"])("do not hold %s", async (permission) => {
    const refused = await world.call("PUT", "/roles/x", { body: { permissions: [permission] } });
    expect([refused.status, refused.body.errors[0].path]).toEqual([422, "/permissions/0"]);
  });
});

describe("passkeys", () => {
  const passkey = {
    principal: "ann",
    publicKey: "AAAA",
    counter: 0,
    transports: [],
    createdAt: Date.parse("2026-11-23T12:00:00Z"),
    lastUsedAt: null,
  };

  it("are one's own, and go one by one, but for the last factor of all", async () => {
    const token = await world.admit({ name: "ann", roles: ["viewer"] });
    for (const [id, principal] of [
      ["k1", "ann"],
      ["k2", "ann"],
      ["k3", "bob"],
    ] as const)
      await world.auth.passkeys.create({ ...passkey, id, principal, name: `key ${id}` });
    const { items, cursor } = (await world.call("GET", "/passkeys?limit=1", { token })).body;
    expect([items[0].id, typeof cursor]).toEqual(["k1", "string"]);
    const remove = async (id: string) => typeOf(await world.call("DELETE", `/passkeys/${id}`, { token }));
    expect(await remove("k3")).toEqual([404, "absent"]);
    expect(await remove("k1")).toEqual([204, undefined]);
    expect(await remove("k2")).toEqual([409, "last-factor"]);
    await world.auth.accounts.offerTotp("ann", "A");
    await world.auth.accounts.confirmTotp("ann", "A", 1, []);
    expect(await remove("k2")).toEqual([204, undefined]);
  });
});

describe("tokens", () => {
  const make = async (more: object = {}) => {
    const body = { principal: "robot", name: "ci", ...more };
    return world.call("POST", "/tokens", { body });
  };
  beforeEach(() => world.admit({ name: "robot", kind: "machine", roles: ["operator"] }));

  it("let a machine do what it may, within their own limit, until they end", async () => {
    const made = await make({ ttlSeconds: 60, limit: { role: "viewer" } });
    const { token, id } = made.body;
    expect(token).toMatch(/^nvc_[0-9A-Za-z]{43}$/);
    expect((await world.call("GET", "/weights", { token })).status).toBe(200);
    expect(typeOf(await world.call("PUT", "/weights", { token, body: { "us-east-1": 1 } }))).toEqual([
      403,
      "forbidden",
    ]);
    const listed = (await world.call("GET", "/tokens")).body.items.find((each: { id: string }) => each.id === id);
    expect(listed).toMatchObject({ lastUsedAt: "2026-11-23T12:00:00.000Z", stepUpExempt: false });
    expect(listed.token).toBeUndefined();
    world.clock.now += 60_000;
    expect((await world.call("GET", "/weights", { token })).status).toBe(401);
  });

  it("are revoked at once here, and within a second wherever they are remembered", async () => {
    const { token, id } = (await make()).body;
    expect((await world.call("GET", "/weights", { token })).status).toBe(200);
    // As another isolate does it.
    await world.auth.tokens.remove(id);
    world.clock.now += 999;
    expect((await world.call("GET", "/weights", { token })).status).toBe(200);
    world.clock.now += 1;
    expect((await world.call("GET", "/weights", { token })).status).toBe(401);
    const other = (await make()).body;
    expect((await world.call("GET", "/weights", { token: other.token })).status).toBe(200);
    expect((await world.call("DELETE", `/tokens/${other.id}`)).status).toBe(204);
    expect((await world.call("GET", "/weights", { token: other.token })).status).toBe(401);
  });

  it("are looked up once a second, however often they come", async () => {
    await world.call("GET", "/weights");
    const before = world.auth.lookups;
    for (let i = 0; i < 20; i++) await world.call("GET", "/weights");
    expect(world.auth.lookups).toBe(before);
    world.clock.now += 1000;
    await world.call("GET", "/weights");
    expect(world.auth.lookups).toBe(before + 1);
  });

  it("that cannot be any are not looked up at all", async () => {
    const before = world.auth.lookups;
    for (const token of ["x", "nvc_", `nvc_${"-".repeat(43)}`]) await world.call("GET", "/weights", { token });
    expect(world.auth.lookups).toBe(before);
  });

  it("do without a second factor in the local world only", async () => {
    const refused = await make({ stepUpExempt: true });
    expect([refused.status, refused.body.errors[0].path]).toEqual([422, "/stepUpExempt"]);
    world = await createWorld({ isLocalWorld: true });
    await world.admit({ name: "robot", kind: "machine", roles: ["admin"] });
    const { token } = (await make({ stepUpExempt: true })).body;
    expect((await world.call("POST", "/principals", { token, body: { name: "ann" } })).status).toBe(201);
  });

  it("are not for persons", async () => {
    await world.admit({ name: "ann", roles: ["viewer"] });
    const refused = await make({ principal: "ann" });
    expect([refused.status, refused.body.errors[0].path]).toEqual([422, "/principal"]);
  });

  it("are not kept with an Idempotency-Key: the answer is given once", async () => {
    const body = { principal: "robot", name: "ci" };
    const headers = { "Idempotency-Key": "k" };
    expect((await world.call("POST", "/tokens", { body, headers })).status).toBe(201);
    expect(typeOf(await world.call("POST", "/tokens", { body, headers }))).toEqual([409, "answer-not-kept"]);
  });
});

const ANOTHER_GONE = {
  regions: { "us-east-1": { weight: 5 }, "us-west-2": null },
  backends: { "us-west-2-a": null },
  residency: { us: { regions: ["us-east-1"] } },
  latency: { "us-east-1": { "us-west-2": null } },
};
const ALLOWED = { "203.0.113.9/32": { reason: "r", createdAt: 1, expiresAt: null } };

describe("scopes", () => {
  const regional = { role: "admin", regions: ["us-east-1"], services: null };
  const asRegional = async () => world.admit({ name: "ann", roles: [regional] });

  it.each<[string, string, string, unknown, number]>([
    ["its region's weight", "PUT", "/weights", { "us-east-1": 5 }, 200],
    ["the weight of a backend there", "PUT", "/weights", { "us-east-1-a": 5 }, 200],
    ["another region's weight", "PUT", "/weights", { "us-west-2": 5 }, 403],
    ["both", "PUT", "/weights", { "us-east-1": 5, "us-west-2": 5 }, 403],
    ["its region", "PATCH", "/regions/us-east-1", { weight: 5 }, 200],
    ["another region", "PATCH", "/regions/us-west-2", { weight: 5 }, 403],
    ["a backend into its region", "PATCH", "/backends/us-west-2-a", { region: "us-east-1" }, 403],
    ["another region gone, beside its own changed", "POST", "/table/apply", ANOTHER_GONE, 403],
    ["a service gone", "POST", "/table/apply", { services: { api: null } }, 403],
    ["a policy of all", "POST", "/table/apply", { policies: { other: { kind: "latency" } } }, 403],
    ["the latencies of all", "POST", "/table/apply", { latency: { "us-east-1": { "us-west-2": 1 } } }, 403],
    ["an address on the allowlist", "POST", "/table/apply", { allowlist: ALLOWED }, 403],
    ["a rollback", "POST", "/table/rollback", { epoch: 0, reason: "r" }, 403],
    ["a new backend there", "POST", "/backends", { id: "b", region: "us-east-1", url: "http://b" }, 201],
    ["a patch of its region", "POST", "/table/apply", { regions: { "us-east-1": { weight: 5 } } }, 200],
    [
      "a patch of both",
      "POST",
      "/table/apply",
      { regions: { "us-east-1": { weight: 5 }, "us-west-2": { weight: 5 } } },
      403,
    ],
    ["a rule of residency", "PUT", "/residency/us", { regions: ["us-east-1"] }, 403],
    ["an address", "POST", "/blacklist", { cidr: "203.0.113.9", reason: "r" }, 403],
    ["the whole table", "POST", "/table/rollback", { epoch: 1, reason: "r" }, 403],
    ["no other region, which is none of its business", "GET", "/regions/us-west-2", undefined, 200],
  ])("of a region hold against %s", async (_name, method, path, body, status) => {
    const token = await asRegional();
    const before = await world.state();
    const reply = await world.call(method, path, { token, body });
    expect(reply.status).toBe(status);
    if (status === 403) {
      expect(reply.body.type).toBe("/problems/out-of-scope");
      expect(await world.state()).toBe(before);
    }
  });

  it("are judged by the table that the change is made to", async () => {
    const token = await asRegional();
    await world.call("POST", "/backends", { body: { id: "b", region: "us-east-1", url: "http://b" } });
    // Between the look at the table and the change, the backend moves out of the scope.
    world.table.beforeApply = async () => {
      world.table.beforeApply = async () => undefined;
      await world.call("PATCH", "/backends/us-east-1-a", { body: { region: "us-west-2" } });
    };
    const body = { backends: { "us-east-1-a": { weight: 3 } } };
    expect(typeOf(await world.call("POST", "/table/apply", { token, body }))).toEqual([403, "out-of-scope"]);
  });

  it("leave the stale answer to who asked for an epoch", async () => {
    const token = await asRegional();
    const body = { regions: { "us-east-1": { weight: 5 } } };
    const stale = await world.call("POST", "/table/apply", { token, body, headers: { "If-Match": '"0"' } });
    expect(typeOf(stale)).toEqual([412, "stale"]);
  });
});

describe("from where", () => {
  const from = (ip: string) => ({ headers: { "CF-Connecting-IP": ip } });
  const put = (networks: readonly string[], more: object = {}, ip = "203.0.113.9") =>
    world.call("PUT", "/control-allowlist", { body: { networks, ...more }, ...from(ip) });

  it("lets in only who is on the list, v4 and v6, to sign in as well", async () => {
    expect((await put(["203.0.113.0/24", "2001:db8::/32"])).status).toBe(200);
    for (const ip of ["203.0.113.9", "2001:db8::1"])
      expect((await world.call("GET", "/table", from(ip))).status).toBe(200);
    for (const ip of ["203.0.112.9", "2001:db9::1"]) {
      expect(typeOf(await world.call("GET", "/table", from(ip)))).toEqual([403, "address-not-allowed"]);
      expect(typeOf(await world.call("POST", "/sessions", from(ip)))).toEqual([403, "address-not-allowed"]);
    }
    // Without the platform's header a request comes from this machine.
    expect((await world.call("GET", "/table")).status).toBe(403);
  });

  it("does not let anybody lock themselves out without force, and says so beforehand", async () => {
    const body = { networks: ["192.0.2.0/24"] };
    const plan = await world.call("POST", "/control-allowlist/plan", { body, ...from("203.0.113.9") });
    expect(plan.body).toEqual({ added: ["192.0.2.0/24"], removed: [], locksOut: true });
    expect(typeOf(await put(["192.0.2.0/24"]))).toEqual([409, "locks-out"]);
    expect((await world.call("GET", "/control-allowlist")).body).toEqual({ networks: [] });
    expect((await put(["192.0.2.0/24"], { force: true })).status).toBe(200);
    expect((await world.call("GET", "/table", from("203.0.113.9"))).status).toBe(403);
  });

  it("holds for one principal alone", async () => {
    const token = await world.admit({ name: "ann", roles: ["viewer"], allowlist: ["203.0.113.0/24"] });
    expect((await world.call("GET", "/table", { token, ...from("203.0.113.9") })).status).toBe(200);
    expect((await world.call("GET", "/table", { token, ...from("192.0.2.1") })).status).toBe(403);
    expect((await world.call("GET", "/table", from("192.0.2.1"))).status).toBe(200);
    const body = { networks: ["192.0.2.0/24"] };
    expect((await world.call("PUT", "/principals/ann/allowlist", { body })).status).toBe(200);
    expect((await world.call("GET", "/table", { token, ...from("192.0.2.1") })).status).toBe(200);
  });

  it("keeps its own allowlist from locking its maker out", async () => {
    const token = await world.admit({ name: "ann", roles: ["admin"] });
    const body = { networks: ["192.0.2.0/24"] };
    expect(typeOf(await world.call("PUT", "/principals/ann/allowlist", { token, body }))).toEqual([409, "locks-out"]);
    const forced = { body: { ...body, force: true }, token };
    expect((await world.call("PUT", "/principals/ann/allowlist", forced)).status).toBe(200);
  });
});

it("lets nobody in while the record of principals cannot be reached, and says so", async () => {
  world.auth.unreachable = true;
  world.clock.now += 1000;
  expect(typeOf(await world.call("GET", "/table"))).toEqual([503, "unavailable"]);
  expect(typeOf(await world.call("POST", "/sessions", { body: { name: "a", password: "b" } }))).toEqual([
    503,
    "unavailable",
  ]);
});
