import { describe, expect, it } from "vitest";
import { tierLoads } from "../../../src/routing/tiers.ts";

/** `healthy` in percent of 100 hosts; expected loads in whole percent. */
describe("traffic among priority tiers, by the tables of Envoy's documentation (Priority levels)", () => {
  it.each([
    ["100 %", [100, 100], [100, 0]],
    ["72 %", [72, 100], [100, 0]],
    ["71 %", [71, 100], [99, 1]],
    ["50 %", [50, 100], [70, 30]],
    ["25 %", [25, 100], [35, 65]],
    ["0 %", [0, 100], [0, 100]],
    ["two weak tiers", [25, 25], [50, 50]],
    ["50 and 60 %", [50, 60], [70, 30]],
    ["three tiers, two at 71 %", [71, 71, 100], [99, 1, 0]],
    ["three tiers, two at 25 %", [25, 25, 100], [35, 35, 30]],
    ["three weak tiers (Envoy truncates the last to 28)", [25, 25, 20], [36, 36, 29]],
    ["nobody", [0, 0], [0, 0]],
  ])("%s healthy", (_, healthy, expected) => {
    const loads = tierLoads(
      healthy.map((count) => ({ total: 100, healthy: count })),
      140,
      50,
    );
    expect(loads.map(({ load }) => Math.round(load * 100))).toEqual(expected);
  });

  it.each([
    ["enough in sum: no panic however weak the first", [25, 100], [false, false]],
    ["too little in sum: the tiers below the threshold panic", [25, 25], [true, true]],
    ["too little in sum, but half are healthy", [50, 10], [false, true]],
    ["one tier, 49 %", [49], [true]],
    ["one tier, 50 %", [50], [false]],
  ])("%s", (_, healthy, expected) => {
    const loads = tierLoads(
      healthy.map((count) => ({ total: 100, healthy: count })),
      140,
      50,
    );
    expect(loads.map(({ panic }) => panic)).toEqual(expected);
  });
});
