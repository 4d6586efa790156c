import { describe, expect, it } from "vitest";
import { coloOf } from "../../../../src/geo/colos.ts";
import type { Point } from "../../../../src/geo/distance.ts";
import { roundTripOf, serverTimeOf } from "../../../../src/routing/latency/sample.ts";

const frankfurt = coloOf("FRA") as Point;
const virginia = { latitude: 38.95, longitude: -77.45 };
const timing = { elapsedMs: 100, serverMs: 8, timeoutMs: 1000 };

describe("the round trip that a timing shows", () => {
  it("is what the node did not take itself", () => {
    expect(roundTripOf(timing, frankfurt, virginia)).toBe(92);
  });

  it("is not there when nobody knows where it begins: anything could be claimed of it", () => {
    expect(roundTripOf(timing, null, virginia)).toBeNull();
  });

  it.each([
    ["nothing", { elapsedMs: 0 }],
    ["a negative time", { elapsedMs: -5 }],
    ["no number", { elapsedMs: Number.NaN }],
    ["infinity", { elapsedMs: Number.POSITIVE_INFINITY }],
    ["the timeout", { elapsedMs: 1000 }],
    ["more than the timeout", { elapsedMs: 5000 }],
    ["less than the node says it took", { serverMs: 101 }],
    ["just what the node says it took", { serverMs: 100 }],
    ["a negative part of the node", { serverMs: -1 }],
    ["a part of the node that is no number", { serverMs: Number.NaN }],
  ])("is not there for %s", (_, change) => {
    expect(roundTripOf({ ...timing, ...change }, frankfurt, virginia)).toBeNull();
  });

  it("is not shorter than light takes, whatever a node claims", () => {
    const claimed = roundTripOf({ ...timing, serverMs: 99.5 }, frankfurt, virginia);
    expect(claimed).toBeGreaterThan(43);
    expect(claimed).toBeLessThan(45);
  });
});

describe("the node's own time", () => {
  it.each([
    ["node;dur=12.5", 12.5],
    ["node; dur=3", 3],
    ['db;desc="a";dur=7, app;dur=9', 7],
    ['a;desc="x;dur=9999";dur=3', 3],
    ['cache;desc="HIT", db;dur=53', 0],
    ["cache, db;dur=53", 0],
    ['a;desc="x, y;dur=8";dur=3', 3],
    ['a;desc="\\";dur=8";dur=3', 3],
    ['a;desc="x" y;dur=3', 3],
    ["a;hit;dur=3", 3],
    ["a;durable=8;dur=3", 3],
    ["a ; DUR = 3", 3],
    ['a;dur="3.25"', 3.25],
    ["a;dur=3;dur=8", 3],
    ["a;dur=x;dur=8", 0],
    [", a;dur=3", 3],
    ["a;dur=0.1234567890123456", 0.1234567890123456],
    ["a;dur=99999999999", 99999999999],
    ['a;desc="x;dur=8', 0],
    [";dur=8", 0],
    ["node", 0],
    ["node;dur=-4", 0],
    ["node;dur=x", 0],
    ["", 0],
    [null, 0],
  ])("%s", (field, ms) => {
    expect(serverTimeOf(field)).toBe(ms);
  });
});
