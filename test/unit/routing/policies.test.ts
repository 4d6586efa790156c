import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nowhere } from "../../../src/geo/place.ts";
import type { Pool } from "../../../src/routing/plan.ts";
import { pickLeastOutstanding } from "../../../src/routing/policies/least-outstanding.ts";
import { pickInTurn } from "../../../src/routing/policies/round-robin.ts";
import { rankRegions } from "../../../src/routing/policies/steering.ts";
import { pickWeighted } from "../../../src/routing/policies/weighted.ts";
import { Traffic } from "../../../src/routing/traffic.ts";
import { policySchema } from "../../../src/table/policy.ts";
import { REGIONS, testSnapshot, testTable } from "../../fakes/world.ts";

const snapshot = testSnapshot(testTable({ perRegion: 8 }));

function poolOf(weights: readonly number[]): Pool {
  const entries = snapshot.backends.slice(0, weights.length);
  return { entries, weights, totalWeight: weights.reduce((sum, weight) => sum + weight, 0) };
}

/** How often each member of a pool is picked. */
function tally(pool: Pool, picks: Iterable<(typeof pool.entries)[number]>): number[] {
  const counts = pool.entries.map(() => 0);
  for (const entry of picks) {
    const i = pool.entries.indexOf(entry);
    counts[i] = (counts[i] ?? 0) + 1;
  }
  return counts;
}

const weightLists = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 40 });

describe("a weighted draw", () => {
  it.each([
    ["the first", [1, 1], 0, 0],
    ["just before a border", [1, 3], 0.2499, 0],
    ["on a border", [1, 3], 0.25, 1],
    ["the last", [1, 3], 0.9999999, 1],
    ["a draw beyond the end, by rounding", [1, 3], 1, 1],
    ["a member without weight is passed over", [0, 1, 0, 1], 0, 1],
    ["alone", [7], 0.5, 0],
  ])("%s", (_, weights, draw, index) => {
    const pool = poolOf(weights);
    expect(pickWeighted(pool, draw)).toBe(pool.entries[index]);
  });

  it("evenly spaced draws give each member its weight", () => {
    fc.assert(
      fc.property(weightLists, (weights) => {
        const pool = poolOf(weights);
        // The twin: one ticket for each unit of weight.
        const tickets = Array.from({ length: pool.totalWeight }, (_, i) =>
          pickWeighted(pool, (i + 0.5) / pool.totalWeight),
        );
        expect(tally(pool, tickets)).toEqual(weights);
      }),
    );
  });
});

describe("round-robin", () => {
  const turns = (pool: Pool, count: number, from = 0) =>
    Array.from({ length: count }, (_, i) => pickInTurn(pool, from + i));

  it("takes equal members strictly in order", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.nat(),
        (size, weight, from) => {
          const pool = poolOf(new Array<number>(size).fill(weight));
          expect(new Set(turns(pool, size, from)).size).toBe(size);
          expect(turns(pool, size, from + size)).toEqual(turns(pool, size, from));
        },
      ),
    );
  });

  it.each([
    ["3 to 1", [3, 1], 4, [3, 1]],
    ["5 to 1 to 1", [5, 1, 1], 7, [5, 1, 1]],
    ["100 to 50 to 25", [100, 50, 25], 7, [4, 2, 1]],
    ["100 to 150, where the lighter does not divide the heavier", [100, 150], 5, [2, 3]],
  ])("honours weights exactly: %s", (_, weights, count, expected) => {
    const pool = poolOf(weights);
    expect(tally(pool, turns(pool, count))).toEqual(expected);
    expect(tally(pool, turns(pool, count * 10))).toEqual(expected.map((each) => each * 10));
  });

  it("does not bunch: between two turns of a heavy member lies at most one other", () => {
    const pool = poolOf([3, 1]);
    const [heavy, light] = pool.entries;
    const sequence = turns(pool, 8).map((entry) => (entry === heavy ? "h" : entry === light ? "l" : "?"));
    expect(sequence.join("")).not.toContain("ll");
    expect(sequence.join("")).not.toContain("hhhh");
  });

  it("honours whole weights exactly where a round of 1,024 turns can", () => {
    const small = fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(small, fc.constantFrom(1, 3, 40), (ratios, unit) => {
        const pool = poolOf(ratios.map((ratio) => ratio * unit));
        const count = ratios.reduce((sum, ratio) => sum + ratio, 0);
        expect(tally(pool, turns(pool, count))).toEqual(ratios);
      }),
    );
  });

  it("honours any weights to about one part in a thousand", () => {
    const weights = fc.array(fc.double({ min: 0.1, max: 1000, noNaN: true }), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(weights, (list) => {
        const pool = poolOf(list);
        const count = 50_000;
        tally(pool, turns(pool, count)).forEach((turnsOf, i) => {
          const due = (list[i] ?? 0) / pool.totalWeight;
          // Each has a turn at least and counts are rounded to a turn, by which the round may be longer or shorter.
          const roundingOfAll = (list.length / 1024) * due;
          expect(Math.abs(turnsOf / count - due)).toBeLessThan(roundingOfAll + 2 / 1024);
        });
      }),
      { numRuns: 30 },
    );
  });

  it("services in step with one another skip nobody", () => {
    const traffic = new Traffic();
    const pools = { one: poolOf([1, 1]), two: poolOf([1, 1]) };
    const seen: { one: string[]; two: string[] } = { one: [], two: [] };
    for (let i = 0; i < 6; i++) {
      for (const service of ["one", "two"] as const) {
        seen[service].push(pickInTurn(pools[service], traffic.nextTurn(service)).id);
      }
    }
    for (const ids of Object.values(seen)) {
      expect(new Set(ids).size).toBe(2);
      expect(ids.slice(2)).toEqual(ids.slice(0, 4));
    }
  });
});

describe("least outstanding", () => {
  it("takes the less busy of the two that the halves of the draw fall on", () => {
    const pool = poolOf([1, 1, 1, 1]);
    const traffic = new Traffic();
    const busy = pool.entries[0];
    if (!busy) throw new Error("no member");
    for (let i = 0; i < 3; i++) traffic.gauge(busy.id).begin(0);
    const picks = Array.from(
      { length: 40_000 },
      (_, i) => pickLeastOutstanding(pool, ((i * 0.618033988749) % 1) + 0, traffic, 0).backend,
    );
    const counts = tally(pool, picks).map((count) => count / picks.length);
    // The busy one is taken only when both draws fall on it: once in 16.
    expect(counts[0]).toBeGreaterThan(0.05);
    expect(counts[0]).toBeLessThan(0.075);
    for (const count of counts.slice(1)) expect(count).toBeCloseTo(15 / 48, 1);
  });

  it("forgets what never ended", () => {
    const traffic = new Traffic();
    const [entry] = snapshot.backends;
    if (!entry) throw new Error("no backend");
    traffic.gauge(entry.id).begin(0);
    expect(traffic.outstanding(entry.id, 59_000)).toBe(1);
    expect(traffic.outstanding(entry.id, 120_000)).toBe(0);
  });

  it("a backend that nobody has asked has nothing outstanding", () => {
    expect(new Traffic().outstanding("nobody" as never, 0)).toBe(0);
  });
});

describe("the order of regions", () => {
  const frankfurt = { ...nowhere, country: "DE", latitude: 50.1, longitude: 8.7 };
  const rank = (policy: object, place = frankfurt) =>
    rankRegions(policySchema.parse(policy), snapshot, place, snapshot.regions);
  const groups = (policy: object, place = frankfurt) => {
    const ranked = rank(policy, place);
    const last = ranked.at(-1)?.group ?? -1;
    return Array.from({ length: last + 1 }, (_, group) =>
      ranked.filter((each) => each.group === group).map(({ entry }) => entry.id),
    );
  };

  it.each([
    [{ kind: "latency" }, [["eu-central-1"], ["eu-west-2"], ["eu-west-1"]]],
    [{ kind: "latency", tolerancePercent: 0, toleranceMinMs: 20 }, [["eu-central-1", "eu-west-2"], ["eu-west-1"]]],
    [{ kind: "geo" }, [["eu-central-1"], ["eu-west-2"], ["eu-west-1"]]],
    [{ kind: "geo", toleranceKm: 700 }, [["eu-central-1", "eu-west-2"], ["eu-west-1"]]],
    [{ kind: "failover", order: ["sa-east-1", "af-south-1"] }, [["sa-east-1"], ["af-south-1"], ["ap-northeast-1"]]],
  ])("%o", (policy, first) => {
    expect(groups(policy).slice(0, first.length)).toEqual(first);
  });

  it.each(["weighted", "round-robin", "least-outstanding", "hash"])("%s has one group, the nearest first", (kind) => {
    expect(groups({ kind })).toHaveLength(1);
    expect(groups({ kind })[0]?.slice(0, 2)).toEqual(["eu-central-1", "eu-west-2"]);
  });

  it("geo, with the place unknown, has one group by mean latency", () => {
    expect(groups({ kind: "geo" }, nowhere as typeof frankfurt)).toHaveLength(1);
  });

  it("has each region once, groups in order and none left out, whatever the policy and the place", () => {
    const policies = fc.oneof(
      fc.record({
        kind: fc.constant("latency"),
        tolerancePercent: fc.integer({ min: 0, max: 100 }),
        toleranceMinMs: fc.integer({ min: 0, max: 1000 }),
      }),
      fc.record({ kind: fc.constant("geo"), toleranceKm: fc.integer({ min: 0, max: 20_000 }) }),
      fc.record({ kind: fc.constant("failover"), order: fc.shuffledSubarray([...REGIONS], { minLength: 1 }) }),
      fc.record({ kind: fc.constantFrom("weighted", "round-robin", "least-outstanding", "hash") }),
    );
    const latitudes = fc.double({ min: -90, max: 90, noNaN: true });
    const longitudes = fc.double({ min: -180, max: 180, noNaN: true });
    fc.assert(
      fc.property(policies, latitudes, longitudes, (policy, latitude, longitude) => {
        const ranked = rank(policy, { ...frankfurt, latitude, longitude });
        expect(ranked.map(({ entry }) => entry.id).sort()).toEqual([...REGIONS].sort());
        expect(ranked[0]?.group).toBe(0);
        ranked.slice(1).forEach(({ group }, i) => {
          const step = group - (ranked[i]?.group ?? 0);
          expect(step === 0 || step === 1).toBe(true);
        });
      }),
    );
  });
});
