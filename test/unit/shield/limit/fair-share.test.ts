import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fairLevel } from "../../../../src/shield/limit/fair-share.ts";

describe("a fair level", () => {
  it.each([
    ["all are content", [1, 2, 3], 6, Number.POSITIVE_INFINITY],
    ["all want too much", [10, 10], 10, 5],
    ["the small one gets what it asks", [1, 10, 10], 11, 5],
    ["nobody asks", [], 5, Number.POSITIVE_INFINITY],
    ["there is nothing", [1], 0, 0],
  ])("%s", (_, demands, rate, level) => {
    expect(fairLevel(demands, rate)).toBe(level);
  });

  it("shares out all of the rate, or all that is asked", () => {
    const demands = fc.array(fc.integer({ min: 0, max: 1000 }), { maxLength: 20 });
    fc.assert(
      fc.property(demands, fc.integer({ min: 1, max: 5000 }), (each, rate) => {
        const level = fairLevel(each, rate);
        const total = each.reduce((sum, demand) => sum + Math.min(demand, level), 0);
        const asked = each.reduce((sum, demand) => sum + demand, 0);
        expect(total).toBeCloseTo(Math.min(rate, asked), 6);
      }),
    );
  });
});
