import { describe, expect, it } from "vitest";
import { defaultLimits, withDefaults } from "../../../src/table/first-change.ts";
import { plan } from "../../../src/table/plan.ts";
import { emptyTable } from "../../../src/table/table.ts";

const regions = { "us-east-1": { latitude: 39, longitude: -77 } };
const login = { rate: 10, periodSeconds: 60, burst: 10 };
const id = "per-client";

describe("the first change of a table", () => {
  it.each([
    ["says nothing about limits", { regions }, { regions, limits: defaultLimits }],
    ["makes another limit", { limits: { login } }, { limits: { ...defaultLimits, login } }],
    ["has its own default", { limits: { [id]: login } }, { limits: { [id]: login } }],
    ["declines it", { limits: { [id]: null } }, { limits: { [id]: null } }],
    ["is nothing", {}, {}],
    ["is no change", [], []],
    ["has limits that are none", { limits: 7 }, { limits: 7 }],
  ])("that %s", (_, patch, expected) => {
    expect(withDefaults(patch)).toEqual(expected);
  });

  it("brings a limit of 10,000 requests a second for each address, with a burst of 1,000", () => {
    const { next, objections } = plan(emptyTable, withDefaults({ limits: {} }));
    expect(objections).toEqual([]);
    expect(next.limits.get(id)).toMatchObject({
      services: "all",
      key: [{ kind: "client-address" }],
      rate: 10_000,
      periodSeconds: 1,
      burst: 1000,
      action: "block",
    });
  });
});
