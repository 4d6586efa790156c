import { describe, expect, it } from "vitest";
import { Random } from "../../../../src/base/random.ts";
import { LIMITS_WITHIN_MINUTES, LimitTotals } from "../../../../src/shield/traffic/limit-totals.ts";
import { TrafficTally } from "../../../../src/shield/traffic/tally.ts";
import { type LimitCount, readTraffic } from "../../../../src/shield/traffic/traffic-second.ts";
import { MAX_RATE_LIMITS } from "../../../../src/table/rate-limit.ts";
import { START_S } from "./world.ts";

const counts = (limit: string, passed: number, limited: number, wouldLimit = 0): LimitCount => ({
  limit,
  passed,
  limited,
  wouldLimit,
});

describe("what limits did", () => {
  it("is summed by limit, over an hour and no more", () => {
    const totals = new LimitTotals();
    totals.add(START_S, [counts("a", 1, 2)]);
    totals.add(START_S + 60, [counts("a", 10, 20), counts("b", 1, 0, 5)]);
    expect(totals.until(START_S + 60)).toEqual([counts("a", 11, 22), counts("b", 1, 0, 5)]);
    const hourLater = START_S + 60 * LIMITS_WITHIN_MINUTES;
    expect(totals.until(hourLater)).toEqual([counts("a", 10, 20), counts("b", 1, 0, 5)]);
    expect(totals.until(hourLater + 60)).toEqual([]);
    totals.add(hourLater + 120, [counts("a", 7, 0)]);
    expect(totals.until(START_S + 60)).toEqual([]);
  });

  it("is of as many limits as a table has, at most", () => {
    const totals = new LimitTotals();
    for (let i = 0; i < MAX_RATE_LIMITS + 50; i++) totals.add(START_S, [counts(`limit-${i}`, 1, 0)]);
    totals.add(START_S, [counts("limit-0", 1, 0)]);
    expect(totals.until(START_S)).toHaveLength(MAX_RATE_LIMITS);
    expect(totals.until(START_S)[0]).toEqual(counts("limit-0", 2, 0));
  });

  it("is added up by the observer of a colo", () => {
    const tally = new TrafficTally({ samples: 8, clients: 8, leastRequests: 1 }, new Random([1, 2, 3]));
    const told = (limits: readonly LimitCount[]) => tally.add({ second: START_S, blocked: 0, services: [], limits });
    told([counts("a", 1, 2, 3)]);
    told([counts("a", 10, 20, 30), counts("b", 1, 0)]);
    tally.add({ second: START_S, blocked: 0, services: [] });
    expect(tally.take()).toMatchObject([{ limits: [counts("a", 11, 22, 33), counts("b", 1, 0)] }]);
  });

  it("is read entry by entry, and an edge of the version before tells none", () => {
    const read = (limits: unknown) =>
      readTraffic([{ second: START_S, blocked: 0, services: [], limits }], START_S * 1000)[0]?.limits;
    expect(read(undefined)).toEqual([]);
    expect(read("x")).toEqual([]);
    expect(read([counts("a", 1, 2), counts("b", -1, 0), { limit: "c" }, counts("", 1, 1), 7])).toEqual([
      counts("a", 1, 2),
    ]);
  });
});
