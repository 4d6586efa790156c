import { describe, expect, it } from "vitest";
import { MAX_PROBE_TARGETS } from "../../../src/latency-matrix/probe-message.ts";
import { nextTurnAt, ROUND_MS, targetsOfTurn, turnsBetween } from "../../../src/latency-matrix/rota.ts";

/** A minute has begun. */
const NOW = ROUND_MS * 1000;
const many = (count: number) => Array.from({ length: count }, (_, i) => `region-${String(i).padStart(3, "0")}`);

describe("turns", () => {
  it("are spread over a round: each is followed by that of the next region", () => {
    const regions = ["a", "b", "c", "d"];
    const turns: [number, readonly string[]][] = [];
    let last = NOW - 1;
    while (last < NOW + ROUND_MS) {
      const next = nextTurnAt(regions, last);
      turns.push([next - NOW, turnsBetween(regions, last, next)]);
      last = next;
    }
    expect(turns).toEqual([
      [0, ["a"]],
      [15_000, ["b"]],
      [30_000, ["c"]],
      [45_000, ["d"]],
      [60_000, ["a"]],
    ]);
  });

  it.each([1, 2, 3, 13, 64, 256])("of %i regions: one for each in a round, however it is cut", (count) => {
    const regions = many(count);
    const cuts = [NOW + 1, NOW + 777, NOW + 13_000, NOW + 13_001, NOW + 59_999, NOW + ROUND_MS + 1];
    const turns = cuts.slice(1).flatMap((upTo, i) => turnsBetween(regions, cuts[i] as number, upTo));
    expect(turns.sort()).toEqual(regions);
  });

  it("come once, however late they are looked for", () => {
    expect(turnsBetween(["a", "b"], NOW, NOW + 10 * ROUND_MS)).toEqual(["a", "b"]);
  });

  it("are looked for again a round later where there is no region", () => {
    expect(nextTurnAt([], NOW)).toBe(NOW + ROUND_MS);
  });
});

describe("the targets of a turn", () => {
  it.each([
    [2, 1],
    [13, 12],
    [25, 24],
    [26, 23],
    [100, 6],
    [256, 2],
    [1000, 1],
  ])("of %i regions are %i", (count, expected) => {
    const regions = many(count);
    const targets = targetsOfTurn("region-000", regions, new Map());
    expect(targets).toHaveLength(expected);
    expect(targets).not.toContain("region-000");
    expect(targets.length).toBeLessThanOrEqual(MAX_PROBE_TARGETS);
  });

  it("are those that were measured the longest ago", () => {
    const regions = many(100);
    const measuredAt = new Map(regions.map((region, i) => [region, 1000 - i]));
    measuredAt.delete("region-050");
    expect(targetsOfTurn("region-099", regions, measuredAt)).toEqual(
      ["050", "098", "097", "096", "095", "094"].map((id) => `region-${id}`),
    );
  });
});
