import { describe, expect, it } from "vitest";
import { nowhere } from "../../../../src/geo/place.ts";
import type { Estimate } from "../../../../src/routing/latency/estimate.ts";
import { regionsToExplore } from "../../../../src/routing/latency/explore.ts";
import { estimateLatency } from "../../../../src/routing/latency/model.ts";
import { testSnapshot, testTable } from "../../../fakes/world.ts";

const snapshot = testSnapshot(testTable());
const frankfurt = { ...nowhere, colo: "FRA", country: "DE" };
const cold = estimateLatency(snapshot, frankfurt);
const known = cold.map((each): Estimate => ({ ...each, deviationMs: 0.5, samples: 50, source: "learned" }));

describe("regions to explore", () => {
  it("are those that could be the fastest, at first", () => {
    const regions = regionsToExplore(snapshot, cold, cold, new Set());
    expect(regions).toContain("eu-central-1");
    expect(regions).not.toContain("ap-southeast-2");
  });

  it("are no more than the ones in use when all is known", () => {
    expect(regionsToExplore(snapshot, known, cold, new Set(["eu-central-1"]))).toEqual(["eu-central-1"]);
  });

  it("go as far as traffic does: residency sends some of it abroad", () => {
    const regions = regionsToExplore(snapshot, cold, cold, new Set(["eu-central-1", "us-east-1"]));
    expect(regions).toEqual(expect.arrayContaining(["us-east-1", "ca-central-1", "eu-west-2"]));
    expect(regions).not.toContain("ap-northeast-1");
  });

  it("take in others when the best becomes slow", () => {
    const slow = known.map((each, i) => (snapshot.regions[i]?.id === "eu-central-1" ? { ...each, ms: 304 } : each));
    expect(regionsToExplore(snapshot, slow, cold, new Set(["eu-central-1"])).length).toBeGreaterThan(8);
  });

  it("are the most promising first", () => {
    const lima = estimateLatency(snapshot, { ...nowhere, colo: "LIM" });
    const regions = regionsToExplore(snapshot, lima, lima, new Set(["sa-east-1"]));
    expect(regions.length).toBeGreaterThan(8);
    expect(regions.slice(0, 3)).toEqual(["sa-east-1", "us-east-1", "ca-central-1"]);
  });

  it("take in one that was found slow and is fast by its guess, and no other that is slow", () => {
    const slow = known.map((each, i) =>
      ["eu-central-1", "us-east-1"].includes(snapshot.regions[i]?.id ?? "") ? { ...each, ms: 304 } : each,
    );
    expect(regionsToExplore(snapshot, slow, cold, new Set(["eu-west-2"]))).toEqual(["eu-central-1", "eu-west-2"]);
  });

  it("leave out what is in maintenance", () => {
    const patch = { regions: { "eu-central-1": { state: "maintenance" } } };
    expect(regionsToExplore(testSnapshot(testTable({ patch })), cold, cold, new Set())).not.toContain("eu-central-1");
  });
});
