import { describe, expect, it } from "vitest";
import {
  type HeldRows,
  MAX_GONE_PER_COLO,
  MAX_ROWS_PER_COLO,
  type RowIntake,
  takeRows,
} from "../../../src/table/learning.ts";
import { learnedRow } from "./updates.ts";

const none: HeldRows = new Map();
const take = (held: HeldRows, told: unknown, epoch: number): RowIntake => {
  const intake = takeRows("FRA", held, told, epoch);
  if (!intake) throw new Error("nothing differs");
  return intake;
};
const entries = ({ held }: RowIntake) => [...held].map(([place, { row, epoch }]) => [place, row !== null, epoch]);

describe("the rows that a colo tells", () => {
  it("replace all that it told before, and each has the epoch in which it last changed", () => {
    const one = take(
      none,
      [
        ["FRA", learnedRow(1)],
        ["FRA/DE", learnedRow(2)],
      ],
      5,
    );
    expect(entries(one)).toEqual([
      ["FRA", true, 5],
      ["FRA/DE", true, 5],
    ]);
    const two = take(
      one.held,
      [
        ["FRA", learnedRow(1)],
        ["FRA/AS3320", learnedRow(3)],
      ],
      6,
    );
    expect(entries(two)).toEqual([
      ["FRA", true, 5],
      ["FRA/DE", false, 6],
      ["FRA/AS3320", true, 6],
    ]);
    const three = take(
      two.held,
      [
        ["FRA", learnedRow(1)],
        ["FRA/DE", learnedRow(2)],
      ],
      7,
    );
    expect(entries(three)).toEqual([
      ["FRA", true, 5],
      ["FRA/DE", true, 7],
      ["FRA/AS3320", false, 7],
    ]);
  });

  it("make no difference when they are the same", () => {
    const { held } = take(none, [["FRA", learnedRow(1)]], 5);
    expect(takeRows("FRA", held, [["FRA", learnedRow(1)]], 6)).toBeNull();
    expect(takeRows("FRA", none, [], 6)).toBeNull();
  });

  it.each<[string, unknown]>([
    ["no list", "FRA"],
    ["no pair", [["FRA"]]],
    ["another colo's", [["IAD", learnedRow(1)]]],
    ["a place that is none", [["FRA/", learnedRow(1)]]],
    ["no round trip", [["FRA", { "us-east-1": { ms: 0, deviationMs: 1, samples: 1, at: 1 } }]]],
    ["no region", [["FRA", { "US EAST": { ms: 1, deviationMs: 1, samples: 1, at: 1 } }]]],
  ])("are left out when they are %s", (_, told) => {
    expect(takeRows("FRA", none, told, 5)).toBeNull();
  });

  it("are bounded, and of those that are gone the oldest are forgotten", () => {
    const rowsFrom = (first: number) =>
      Array.from({ length: MAX_ROWS_PER_COLO + 9 }, (_, i) => [`FRA/AS${first + i}`, learnedRow(1)]);
    const one = take(none, rowsFrom(1000), 5);
    expect(one.held.size).toBe(MAX_ROWS_PER_COLO);
    expect(one.forgottenUpTo).toBe(0);
    const two = take(one.held, rowsFrom(2000), 6);
    expect(two.forgottenUpTo).toBe(0);
    const three = take(two.held, rowsFrom(3000), 7);
    expect(three.held.size).toBe(MAX_ROWS_PER_COLO + MAX_GONE_PER_COLO);
    // Whoever holds epoch 5 can not be told any more that the first of them are gone.
    expect(three.forgottenUpTo).toBe(6);
  });
});
