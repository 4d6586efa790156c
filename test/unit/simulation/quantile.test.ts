import fc from "fast-check";
import { expect, it } from "vitest";
import { spreadOf } from "../../../src/simulation/quantile.ts";

const samples = fc.array(fc.record({ value: fc.integer({ min: -50, max: 300 }), weight: fc.nat(6) }), {
  maxLength: 30,
});

it("is what writing each sample down as often as it weighs gives", () => {
  fc.assert(
    fc.property(samples, (given) => {
      const all = given.flatMap(({ value, weight }) => Array<number>(weight).fill(value)).sort((a, b) => a - b);
      const spread = spreadOf(given.map(({ value, weight }) => ({ value, weight: weight / 7 })));
      if (all.length === 0) {
        expect(spread).toBeNull();
        return;
      }
      expect(spread?.p50Ms).toBe(all[Math.ceil(0.5 * all.length) - 1]);
      expect(spread?.p95Ms).toBe(all[Math.ceil((95 * all.length) / 100) - 1]);
      expect(spread?.meanMs).toBeCloseTo(all.reduce((sum, value) => sum + value, 0) / all.length, 9);
    }),
  );
});
