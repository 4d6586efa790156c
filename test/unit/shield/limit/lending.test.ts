import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../../../src/base/random.ts";
import { AHEAD_MS } from "../../../../src/shield/limit/loan.ts";
import { type BucketSpec, perSecondOf } from "../../../../src/shield/limit/spec.ts";
import { Lending, type Road } from "./lending.ts";

/** What edges may admit at most in so many milliseconds. */
const bound = (spec: BucketSpec, ms: number) => spec.burst + (perSecondOf(spec) * (AHEAD_MS + ms)) / 1000;

const limit = { rate: 10_000, periodSeconds: 1, burst: 1000 };

const anySpec = fc.record({
  rate: fc.integer({ min: 1, max: 2000 }),
  periodSeconds: fc.constantFrom(1, 1, 2, 60),
  burst: fc.integer({ min: 1, max: 300 }),
});
const anyRoad = fc.record({
  slowestMs: fc.integer({ min: 1, max: 3000 }),
  loss: fc.double({ min: 0, max: 0.5, noNaN: true }),
  duplication: fc.double({ min: 0, max: 0.5, noNaN: true }),
});
const roadOf = ({ slowestMs, loss, duplication }: { slowestMs: number; loss: number; duplication: number }): Road => ({
  delayMs: (random) => 1 + slowestMs * random.unit() ** 3,
  loss,
  duplication,
});

describe("tokens on loan", () => {
  it("are never more than the bound, whatever happens to messages, isolates and clocks", () => {
    const seeds = fc.integer({ min: 1, max: 2 ** 31 });
    fc.assert(
      fc.property(anySpec, anyRoad, fc.integer({ min: 1, max: 6 }), seeds, (spec, road, edges, seed) => {
        const random = new Random([seed, 2, 3]);
        const lending = new Lending(spec, edges, roadOf(road), random, 100_000);
        const perTick = Math.max(1, Math.ceil((3 * perSecondOf(spec)) / 1000));
        for (let ms = 0; ms < 5000; ms++) {
          lending.tick();
          // Demand comes and goes, so that leases lie about unspent and burst after.
          const busy = random.unit() < 0.5;
          for (let i = 0; busy && i < perTick; i++) {
            const isolate = Math.floor(random.unit() * edges);
            lending.request(isolate, random.unit() < 0.1 ? Math.min(spec.burst, 7) : 1);
          }
          if (random.unit() < 0.002) lending.release(Math.floor(random.unit() * edges));
          if (random.unit() < 0.001) lending.forget(Math.floor(random.unit() * edges));
          if (random.unit() < 0.001) lending.tick(700);
        }
        for (const ms of [1, 100, 1000, lending.now]) expect(lending.mostIn(ms)).toBeLessThanOrEqual(bound(spec, ms));
      }),
      { numRuns: 40 },
    );
  });

  it("are not made more by giving them back, however often that is heard, and when", () => {
    const spec = { rate: 1000, periodSeconds: 1, burst: 50 };
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 600 }), fc.integer({ min: 1, max: 2 ** 31 }), (slowestMs, seed) => {
        const random = new Random([seed, 2, 3]);
        const road = { delayMs: (any: Random) => 1 + slowestMs * any.unit() ** 3, loss: 0, duplication: 0 };
        const lending = new Lending(spec, 2, { ...road, copiesOfReturns: 10 }, random);
        for (let ms = 0; ms < 8000; ms++) {
          lending.tick();
          for (let i = 0; i < 2; i++) lending.request(Math.floor(random.unit() * 2));
          const idle = lending.isolates.findIndex(({ borrower }) => !borrower.isAsking && borrower.held > 50);
          if (idle >= 0 && random.unit() < 0.05) lending.release(idle);
        }
        expect(lending.mostIn(lending.now)).toBeLessThanOrEqual(bound(spec, lending.now));
      }),
      { numRuns: 20 },
    );
  });

  it("serve each cost that the bucket can hold, however many edges hold a part of it", () => {
    const spec = { rate: 1000, periodSeconds: 1, burst: 500 };
    const lending = new Lending(spec, 4, { delayMs: () => 20, loss: 0, duplication: 0 }, new Random([1, 2, 3]));
    for (let ms = 0; ms < 10_000; ms++) {
      lending.tick();
      if (ms % 10 === 0) for (let edge = 0; edge < 4; edge++) lending.request(edge, 500);
    }
    expect(lending.between(2000, 10_000)).toBeGreaterThanOrEqual(8000 - 500);
  });
});

interface Steady {
  readonly spec?: BucketSpec;
  /** Of each edge, tokens a second. */
  readonly demands: readonly number[];
  readonly delayMs: number;
  readonly jitterMs?: number;
  /** How far single seconds may be off. */
  readonly tolerance?: number;
}

const steady: readonly (readonly [name: string, Steady])[] = [
  ["one edge", { demands: [20_000], delayMs: 10 }],
  ["four equal edges", { demands: [5000, 5000, 5000, 5000], delayMs: 10 }],
  ["four unequal edges", { demands: [200, 1000, 4000, 14_800], delayMs: 30, tolerance: 0.05 }],
  ["edges far away", { demands: [5000, 5000, 5000, 5000], delayMs: 80, jitterMs: 60, tolerance: 0.1 }],
  ["just over the limit", { demands: [2600, 2600, 2600, 2600], delayMs: 10, tolerance: 0.05 }],
  ["just below the limit", { demands: [2400, 2400, 2400, 2400], delayMs: 10, tolerance: 0.05 }],
  ["far below the limit", { demands: [100, 900, 10], delayMs: 40, tolerance: 0.1 }],
  ["thirty edges", { demands: Array.from({ length: 30 }, (_, i) => 100 + 60 * i), delayMs: 20, jitterMs: 20 }],
  ["a small burst", { demands: [5000, 5000], delayMs: 10, spec: { rate: 1000, periodSeconds: 1, burst: 1 } }],
  ["a slow limit", { demands: [5, 5, 5], delayMs: 10, spec: { rate: 120, periodSeconds: 60, burst: 10 } }],
];

const SECONDS = 14;
/** In the seconds before, the burst is spent. */
const SETTLED = 6;

describe("in the steady state", () => {
  it.each(steady)("%s: within 2 % of the limit, or all that is asked", (_, options) => {
    const { spec = limit, demands, delayMs, jitterMs = 0, tolerance = 0.02 } = options;
    const random = new Random([7, 8, 9]);
    const road = { delayMs: () => delayMs + jitterMs * random.unit(), loss: 0, duplication: 0 };
    const lending = new Lending(spec, demands.length, road, random);
    const owed = demands.map(() => 0);
    const asked = Array.from({ length: SECONDS }, () => 0);
    for (let ms = 0; ms < SECONDS * 1000; ms++) {
      lending.tick();
      demands.forEach((demand, edge) => {
        // Arrivals are not quite even.
        owed[edge] = (owed[edge] as number) + (demand / 1000) * 2 * random.unit();
        for (; (owed[edge] as number) >= 1; owed[edge] = (owed[edge] as number) - 1) {
          const second = Math.floor(ms / 1000);
          asked[second] = (asked[second] as number) + 1;
          lending.request(edge);
        }
      });
    }
    const perSecond = perSecondOf(spec);
    // A limit of a few tokens a second cannot be held to parts of one.
    const slack = perSecond < 100 ? 1 : 0;
    let admitted = 0;
    let due = 0;
    for (let second = SETTLED; second < SECONDS; second++) {
      const each = lending.between(second * 1000, (second + 1) * 1000);
      const most = Math.min(asked[second] as number, perSecond);
      expect(each).toBeLessThanOrEqual((1 + tolerance) * perSecond + slack);
      expect(each).toBeGreaterThanOrEqual((1 - tolerance) * most - slack);
      admitted += each;
      due += most;
    }
    expect(admitted).toBeGreaterThanOrEqual(0.98 * due);
    expect(admitted).toBeLessThanOrEqual(1.02 * perSecond * (SECONDS - SETTLED));
    // Some seven a second for each edge.
    expect(lending.asks).toBeLessThanOrEqual((SECONDS * 7 + 2) * demands.length);
  });
});
