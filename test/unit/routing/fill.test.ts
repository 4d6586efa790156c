import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fill } from "../../../src/routing/fill.ts";

const region = (due: number, availability = 1) => ({ due, availability });

describe("filling regions in order", () => {
  it.each([
    ["the first group takes all it can", [[region(1)], [region(1)]], [[1], [0]]],
    ["equals share by due", [[region(3), region(1)], [region(1)]], [[0.75, 0.25], [0]]],
    ["a half-closed region spills the rest", [[region(1, 0.5)], [region(1)]], [[0.5], [0.5]]],
    ["a closed equal leaves its due to its equals", [[region(1), region(1, 0)], [region(1)]], [[1, 0], [0]]],
    ["a closed group leaves all to the next", [[region(1, 0), region(1, 0)], [region(1)]], [[0, 0], [1]]],
    ["what nobody can take is scaled up", [[region(1, 0.25)], [region(1, 0.25)]], [[4 / 7], [3 / 7]]],
    ["nobody available", [[region(1, 0)]], [[0]]],
  ])("%s", (_, groups, expected) => {
    fill(groups).forEach((shares, i) => {
      shares.forEach((share, j) => {
        expect(share).toBeCloseTo(expected[i]?.[j] ?? Number.NaN, 10);
      });
    });
  });

  it("gives shares that sum to 1, none to the unavailable, and never more for less availability", () => {
    const member = fc.record({
      due: fc.double({ min: 0.01, max: 1000, noNaN: true }),
      availability: fc.constantFrom(0, 0.1, 0.5, 1),
    });
    fc.assert(
      fc.property(
        fc.array(fc.array(member, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 }),
        (groups) => {
          const shares = fill(groups).flat();
          const members = groups.flat();
          const anybody = members.some(({ availability }) => availability > 0);
          expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(anybody ? 1 : 0, 9);
          members.forEach(({ availability }, i) => {
            if (availability === 0) expect(shares[i]).toBe(0);
            else expect(shares[i]).toBeGreaterThanOrEqual(0);
          });
        },
      ),
    );
  });
});
