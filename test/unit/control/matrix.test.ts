import { beforeAll, describe, expect, it } from "vitest";
import { type Assignment, grantsOf, standardRoles } from "../../../src/auth/role.ts";
import { reaches } from "../../../src/auth/scope.ts";
import { refuseUndeclared } from "../../../workers/control/app.ts";
import type { Route } from "../../../workers/control/route.ts";
import { routes } from "../../../workers/control/routes.ts";
import { createWorld, NO_RATES, type World } from "./world.ts";

const pathOf = ({ path }: Route) => path.replace(/:\w+(\{.+\})?/g, "x");
const MINUTE = 60_000;

/** Roles, and none at all; operators of one region stand for all scopes. */
const holders: readonly { readonly name: string; readonly roles: readonly (string | Assignment)[] }[] = [
  ...standardRoles.map(({ name }) => ({ name, roles: [name] })),
  { name: "nothing", roles: [] },
  { name: "gone", roles: ["a-role-that-is-no-more"] },
  { name: "regional", roles: [{ role: "admin", regions: ["us-east-1"], services: null }] },
];

const factors = [
  { name: "no second factor", ageMs: null },
  { name: "a stale one", ageMs: 5 * MINUTE + 1 },
  { name: "a fresh one", ageMs: 5 * MINUTE },
] as const;

type Verdict = "admitted" | "unauthenticated" | "step-up" | "forbidden" | "person-needed" | "out-of-scope";

const turnedAway: readonly string[] = ["unauthenticated", "step-up", "forbidden", "person-needed", "out-of-scope"];

/** What an answer says of the doors alone: whatever else is wrong with a request without a body, it was let in. */
function verdictOf({ body }: { readonly body: { readonly type?: string } | null }): Verdict {
  const type = body?.type?.replace("/problems/", "") ?? "";
  return turnedAway.includes(type) ? (type as Verdict) : "admitted";
}

// Written down anew and not taken from the code under test: who may read what, and which operations are sensitive.
const sensitive = [
  "POST /table/rollback",
  "POST /principals",
  "PATCH /principals/:id",
  "DELETE /principals/:id",
  "POST /principals/:id/reset",
  "PUT /principals/:id/allowlist",
  "PUT /control-allowlist",
  "PUT /roles/:name",
  "DELETE /roles/:name",
  "POST /tokens",
  "POST /failovers",
  "POST /failovers/:id/failback",
  "DELETE /tokens/:id",
  "PUT /dns/zones/:zone/dnssec",
  "DELETE /dns/zones/:zone/dnssec",
  "POST /dns/zones/:zone/dnssec/rollover",
  "POST /dns/zones/:zone/dnssec/ds",
];
const keyOf = ({ method, path }: Route) => `${method} ${path}`;
const guarded = routes.filter(({ permission }) => permission !== "anyone" && permission !== "oneself");

describe.each(holders)("$name", ({ roles }) => {
  describe.each(factors)("with $name", ({ ageMs }) => {
    // Nothing that they ask for changes it, since every request lacks something.
    let world: World;
    let token: string;
    beforeAll(async () => {
      world = await createWorld({ rates: NO_RATES });
      token = await world.admit({ name: "ann", roles, secondFactorAgeMs: ageMs });
    });

    it.each(guarded.map((route) => [keyOf(route), route] as const))("%s", async (key, route) => {
      const before = await world.state();
      const reply = await world.call(route.method, pathOf(route), { token });
      const grants = grantsOf(
        roles.map((each) => (typeof each === "string" ? { role: each, regions: null, services: null } : each)),
        [],
      );
      const permission = route.permission as Parameters<typeof reaches>[1];
      const isFresh = ageMs !== null && ageMs <= 5 * MINUTE;
      const expected: Verdict = !reaches(grants, permission)
        ? "forbidden"
        : ageMs === null || (sensitive.includes(key) && !isFresh)
          ? "step-up"
          : "admitted";
      expect(verdictOf(reply)).toBe(expected);
      expect(await world.state()).toBe(before);
    });
  });
});

describe("what each role may do", () => {
  const permissions = [...new Set(guarded.map(({ permission }) => permission))];
  const may = (role: string) => {
    const grants = grantsOf([{ role, regions: null, services: null }], []);
    return permissions.filter((permission) => reaches(grants, permission as Parameters<typeof reaches>[1]));
  };
  it("is what the roles are for", () => {
    const isRead = (permission: string) => permission.endsWith(":read");
    expect(may("admin")).toEqual(permissions);
    expect(may("auditor")).toEqual(permissions.filter((each) => isRead(each) || each === "audit:export"));
    expect(may("viewer").every(isRead)).toBe(true);
    expect(may("viewer")).not.toContain("principals:read");
    expect(may("viewer")).toContain("table:read");
    expect(may("operator")).toEqual(expect.arrayContaining(["weights:write", "blacklist:write", "table:plan"]));
    for (const denied of ["table:write", "principals:read", "tokens:write", "roles:write"])
      expect(may("operator")).not.toContain(denied);
    expect(may("nothing")).toEqual([]);
  });
});

describe("a machine", () => {
  let world: World;
  let token: string;
  beforeAll(async () => {
    world = await createWorld({ rates: NO_RATES });
    token = await world.admit({ name: "robot", kind: "machine", roles: ["admin"] });
  });

  it.each(guarded.map((route) => [keyOf(route), route] as const))("that is an admin: %s", async (key, route) => {
    const reply = await world.call(route.method, pathOf(route), { token });
    expect(verdictOf(reply)).toBe(sensitive.includes(key) ? "person-needed" : "admitted");
  });
});

describe("a route", () => {
  const declared = routes[0] as Route;
  it.each([
    ["no permission", undefined],
    ["one that there is not", "table:eat"],
    ["one that nobody has", "audit:write"],
    ["a pattern", "*"],
  ])("with %s does not start", (_name, permission) => {
    const route = { ...declared, permission } as Route;
    expect(() => refuseUndeclared([...routes, route])).toThrow(`${declared.method} ${declared.path}`);
  });

  it("that is for anyone or oneself is one of these", () => {
    const open = routes.filter((route) => !guarded.includes(route)).map(keyOf);
    expect(open.sort()).toEqual([
      "DELETE /passkeys/:id",
      "DELETE /sessions/current",
      "GET /passkeys",
      "GET /principals/me",
      "POST /passkeys",
      "POST /passkeys/options",
      "POST /principals/bootstrap",
      "POST /principals/me/recovery-codes",
      "POST /principals/me/totp",
      "POST /principals/me/totp/confirm",
      "POST /sessions",
      "POST /sessions/passkey",
      "POST /sessions/passkey/options",
      "POST /sessions/renew",
      "POST /sessions/step-up",
      "PUT /principals/me/password",
    ]);
  });
});
