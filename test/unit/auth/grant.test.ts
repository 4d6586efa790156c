import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { covers, type Grant, holding, narrow } from "../../../src/auth/grant.ts";
import { ACTIONS, AREAS, isPermission, matches, meet, type PermissionPattern } from "../../../src/auth/permission.ts";
import { grantsOf } from "../../../src/auth/role.ts";
import { outOfScope, reaches } from "../../../src/auth/scope.ts";

const grant = (permissions: readonly PermissionPattern[], scope: Partial<Grant> = {}): Grant => ({
  permissions,
  regions: null,
  services: null,
  ...scope,
});

describe("patterns", () => {
  it.each<[PermissionPattern, PermissionPattern, PermissionPattern | null]>([
    ["*", "*", "*"],
    ["*", "table:read", "table:read"],
    ["*", "table:*", "table:*"],
    ["*:read", "*", "*:read"],
    ["*:read", "table:*", "table:read"],
    ["*:read", "table:write", null],
    ["table:*", "weights:*", null],
    ["table:*", "table:plan", "table:plan"],
    ["table:read", "table:read", "table:read"],
  ])("%s and %s allow %s together", (a, b, both) => {
    expect([meet(a, b), meet(b, a)]).toEqual([both, both]);
  });

  it("let nobody write the audit log", () => {
    expect(isPermission("audit:write")).toBe(false);
    expect(matches("*", "audit:write" as never)).toBe(false);
    expect(matches("audit:*", "audit:write" as never)).toBe(false);
  });

  const permissions = AREAS.flatMap((area) => ACTIONS.map((action) => `${area}:${action}`)).filter(isPermission);
  const patterns: readonly PermissionPattern[] = [
    "*",
    "*:read",
    ...AREAS.map((area) => `${area}:*` as const),
    ...permissions,
  ];

  it("meet in what both match, permission by permission", () => {
    const pattern = fc.constantFrom(...patterns);
    fc.assert(
      fc.property(pattern, pattern, fc.constantFrom(...permissions), (a, b, permission) => {
        const both = meet(a, b);
        expect(both !== null && matches(both, permission)).toBe(matches(a, permission) && matches(b, permission));
      }),
    );
  });
});

describe("narrowing", () => {
  const all = grant(["*"]);
  const european = grant(["weights:*"], { regions: ["eu-west-1", "eu-central-1"] });
  it.each<[string, Grant, Grant, readonly Grant[]]>([
    ["all by a role", all, grant(["weights:read"]), [grant(["weights:read"])]],
    ["a role by all", european, all, [european]],
    ["by what is not held", european, grant(["table:*"]), []],
    [
      "by some of the regions",
      european,
      grant(["*"], { regions: ["eu-west-1", "us-east-1"] }),
      [grant(["weights:*"], { regions: ["eu-west-1"] })],
    ],
    [
      "by other regions, which leaves nothing and not everything",
      european,
      grant(["*"], { regions: ["us-east-1"] }),
      [],
    ],
    ["regions by services, which leaves nothing", european, grant(["*"], { services: ["api"] }), []],
  ])("%s", (_name, held, limit, narrowed) => {
    expect(narrow([held], limit)).toEqual(narrowed);
  });
});

it.each<[string, readonly Grant[], readonly Grant[], boolean]>([
  ["everything covers everything", [grant(["*"])], [grant(["*"])], true],
  ["an area does not cover everything", [grant(["principals:*"])], [grant(["*"])], false],
  ["reading everything covers a viewer", [grant(["*:read"])], [grant(["table:read", "dns:read"])], true],
  ["two grants cover one", [grant(["table:read"]), grant(["dns:read"])], [grant(["table:read", "dns:read"])], true],
  ["a region does not cover all", [grant(["*"], { regions: ["a"] })], [grant(["table:read"])], false],
  ["all covers a region", [grant(["*"])], [grant(["*"], { regions: ["a"] })], true],
  ["two regions cover one", [grant(["*"], { regions: ["a", "b"] })], [grant(["*"], { regions: ["a"] })], true],
  ["a region does not cover a service", [grant(["*"], { regions: ["a"] })], [grant(["*"], { services: ["a"] })], false],
  ["nothing is covered by nothing", [], [], true],
])("%s", (_name, held, wanted, covered) => {
  expect(covers(held, wanted)).toBe(covered);
});

it("grants nothing for a role that is not there, and no made role stands in for a standard one", () => {
  const everywhere = { regions: null, services: null };
  expect(grantsOf([{ role: "gone", ...everywhere }], [])).toEqual([]);
  const made = [{ name: "viewer", permissions: ["*"] as const }];
  expect(holding(grantsOf([{ role: "viewer", ...everywhere }], made), "table:write")).toEqual([]);
});

describe("scopes", () => {
  const regional = [grant(["table:*", "weights:*", "tokens:*"], { regions: ["eu-west-1"] })];
  const serving = [grant(["table:write"], { services: ["api"] })];
  const region = (id: string) => ({ section: "regions", id, before: {}, after: {} });
  const backend = (before: string | null, after: string | null) => ({
    section: "backends",
    id: "b",
    before: before && { region: before },
    after: after && { region: after },
  });
  it.each([
    ["its region", regional, region("eu-west-1"), true],
    ["another region", regional, region("us-east-1"), false],
    ["a backend of its region", regional, backend("eu-west-1", "eu-west-1"), true],
    ["a new backend there", regional, backend(null, "eu-west-1"), true],
    ["a backend that goes", regional, backend("eu-west-1", null), true],
    ["a backend that is taken out of another region", regional, backend("us-east-1", "eu-west-1"), false],
    ["a backend that is put into another region", regional, backend("eu-west-1", "us-east-1"), false],
    ["a service", regional, { section: "services", id: "eu-west-1", before: {}, after: {} }, false],
    ["a policy", regional, { section: "policies", id: "eu-west-1", before: {}, after: {} }, false],
    ["the blacklist", regional, { section: "blacklist", id: "203.0.113.9/32", before: null, after: {} }, false],
    ["its service", serving, { section: "services", id: "api", before: {}, after: {} }, true],
    ["another service", serving, { section: "services", id: "web", before: {}, after: {} }, false],
    ["a region of that name", serving, region("api"), false],
    ["anything, for who has no scope", [grant(["table:write"])], region("us-east-1"), true],
    ["anything, for who has the permission not", [grant(["dns:write"])], region("us-east-1"), false],
  ])("%s", (_name, grants, change, within) => {
    expect(outOfScope(grants, "table:write", [change])).toEqual(within ? [] : [change]);
  });

  it.each([
    ["table:write", true],
    ["table:read", true],
    ["weights:write", true],
    ["dns:read", false],
    ["tokens:write", false],
    ["tokens:read", true],
  ] as const)("reach %s: %s", (permission, reached) => {
    expect(reaches(regional, permission)).toBe(reached);
  });
});
