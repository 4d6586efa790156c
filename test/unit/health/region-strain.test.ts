import { describe, expect, it } from "vitest";
import { inWords } from "../../../src/health/region-reason.ts";
import { isOutOfBounds, strainsOf } from "../../../src/health/region-strain.ts";
import { failoverSettingsSchema } from "../../../src/table/failover-settings.ts";
import type { Load } from "../../../src/table/verdict.ts";

const settings = failoverSettingsSchema.parse({});
const load = (change: Partial<Load> = {}): Load => ({ cpu: 0, memory: 0, disk: 0, network: 0, inFlight: 0, ...change });
const reading = (requests: number, failures: number, p95Ms: number | null = 40) => {
  const figures = { requests, failures, p95Ms };
  return { ...figures, recent: figures };
};
const calm = { backends: { up: 2, total: 2 }, load: null, reading: null };

describe("what strains a region", () => {
  it.each([
    ["nothing", calm, []],
    ["a backend that is down", { ...calm, backends: { up: 1, total: 3 } }, ["2 of 3 backends are down"]],
    ["processors at the guide's target", { ...calm, load: load({ cpu: 0.7 }) }, []],
    ["processors over it", { ...calm, load: load({ cpu: 0.71 }) }, ["cpu at 71 %, over 70 %"]],
    ["memory", { ...calm, load: load({ memory: 0.9 }) }, ["memory at 90 %, over 80 %"]],
    ["disks", { ...calm, load: load({ disk: 0.9 }) }, ["disk at 90 %, over 80 %"]],
    ["the network", { ...calm, load: load({ network: 0.9 }) }, ["network at 90 %, over 80 %"]],
    ["requests in flight are no strain", { ...calm, load: load({ inFlight: 1 }) }, []],
    ["errors", { ...calm, reading: reading(1000, 21) }, ["2.1 % of requests fail, over 2 %"]],
    ["few of them", { ...calm, reading: reading(1000, 20) }, []],
    ["latency", { ...calm, reading: reading(1000, 0, 401) }, ["p95 latency 401 ms, over 400 ms"]],
    ["too few requests to tell", { ...calm, reading: reading(49, 49, 900) }, []],
  ])("%s", (_, burden, words) => {
    expect(strainsOf(burden, settings, false).map(inWords)).toEqual(words);
  });

  it.each([
    ["a load", { ...calm, load: load({ cpu: 0.65 }) }],
    ["a rate of errors", { ...calm, reading: reading(1000, 19) }],
    ["a latency", { ...calm, reading: reading(1000, 0, 370) }],
  ])("has to fall well below its bound once it was over: %s", (_, burden) => {
    expect(strainsOf(burden, settings, false)).toEqual([]);
    expect(strainsOf(burden, settings, true)).toHaveLength(1);
  });

  it("is no trigger's that is off", () => {
    const off = { ...settings, errorPercent: null, latencyMs: null };
    expect(strainsOf({ ...calm, reading: reading(1000, 1000, 9000) }, off, false)).toEqual([]);
    expect(isOutOfBounds(reading(1000, 1000, 9000), off)).toBe(false);
  });
});

it.each([
  ["nothing", reading(0, 0, null), false],
  ["a failure now and then", reading(100, 4), false],
  ["failures in a row", reading(5, 5), true],
  ["some in many", reading(1000, 15), false],
  ["many", reading(1000, 25), true],
  ["a few slow answers", reading(10, 0, 900), false],
  ["many", reading(50, 0, 900), true],
])("counts of %s are out of bounds: %j, %s", (_, figures, expected) => {
  expect(isOutOfBounds(figures, settings)).toBe(expected);
});
