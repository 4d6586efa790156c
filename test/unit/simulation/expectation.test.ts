import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.ts";
import { nowhere } from "../../../src/geo/place.ts";
import { jurisdictionOf } from "../../../src/residency/jurisdictions.ts";
import { decide } from "../../../src/routing/decide.ts";
import { type Fate, fateOf } from "../../../src/simulation/fate.ts";
import type { PopulationRow } from "../../../src/simulation/population.ts";
import type { Snapshot } from "../../../src/table/snapshot.ts";
import type { Verdict } from "../../../src/table/verdict.ts";
import { down, REGIONS, testRequest, testSnapshot, testTable, testView } from "../../fakes/world.ts";

const backendIds = [...testTable({ perRegion: 2 }).backends.keys()];

const services = fc.record({
  policy: fc.constantFrom("latency", "weighted", "geo", "failover", "round-robin", "least-outstanding", "hash"),
  affinity: fc.constantFrom("none", "cookie", "client-address"),
  whenNoneHealthy: fc.constantFrom("fail-closed", "fail-open"),
  residency: fc.constantFrom("none", "preferred", "required"),
  canaryPercent: fc.constantFrom(0, 30, 100),
  panicThresholdPercent: fc.constantFrom(0, 50),
});
const backends = fc.dictionary(
  fc.constantFrom(...backendIds),
  fc.record({
    track: fc.constantFrom("stable", "canary"),
    priority: fc.integer({ min: 0, max: 2 }),
    state: fc.constantFrom("active", "draining", "disabled"),
    weight: fc.constantFrom(0, 1, 50, 100),
  }),
);
const regions = fc.dictionary(
  fc.constantFrom(...REGIONS),
  fc.record({ weight: fc.constantFrom(0, 10, 100), dialPercent: fc.constantFrom(0, 25, 100) }),
);
const worlds = fc
  .record({ services, backends, regions, down: fc.subarray(backendIds) })
  .map(({ services: { affinity, ...service }, backends, regions, down: ids }) => {
    const patch = { backends, regions, services: { api: { ...service, affinity: { kind: affinity } } } };
    const health = new Map<string, Verdict>(ids.map((id) => [id, down()]));
    try {
      return testSnapshot(testTable({ perRegion: 2, patch }), health);
    } catch {
      // Weights that are all zero.
      return testSnapshot(testTable({ perRegion: 2 }), health);
    }
  });
const places = fc.record({
  country: fc.constantFrom("DE", "GB", "CH", "BR", "JP", "IN", "US", "CN", null),
  subdivision: fc.constantFrom("CA", "NY", null),
});

const row = (place: Partial<PopulationRow["place"]>): PopulationRow => ({
  place: { ...nowhere, ...place },
  target: { kind: "service", id: "api" },
  weight: 1,
});

const DRAWS = 2000;

/** The dumb twin: many clients with addresses and draws of their own, decided one by one. */
function frequencies(snapshot: Snapshot, place: Partial<PopulationRow["place"]>): ReadonlyMap<string, number> | string {
  const view = testView(snapshot);
  const random = new Random([1, 2, 3]);
  const counts = new Map<string, number>();
  for (let i = 0; i < DRAWS; i++) {
    const ip = [10, random.word() & 255, random.word() & 255, random.word() & 255].join(".");
    const request = testRequest(snapshot, "api", { place, ip });
    if (!request) return "refused";
    const decision = decide(view, request, 0, random.unit());
    if (decision.kind !== "chosen") return decision.kind;
    const { id } = decision.backend.region;
    counts.set(id, (counts.get(id) ?? 0) + 1 / DRAWS);
  }
  return counts;
}

const sharesByRegion = (fate: Fate) =>
  fate.kind === "served" ? new Map(fate.regions.map(({ region, share }) => [region, share])) : fate.kind;

describe("what becomes of a place", () => {
  it("has shares that sum to 1, whatever the table and what is down", () => {
    let served = 0;
    fc.assert(
      fc.property(worlds, places, (snapshot, place) => {
        const fate = fateOf(testView(snapshot), row(place), 0);
        if (fate.kind !== "served") return;
        served += 1;
        expect(fate.regions.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
        for (const { share, unhealthy } of fate.regions) {
          expect(share).toBeGreaterThanOrEqual(0);
          expect(unhealthy).toBeLessThanOrEqual(share + 1e-12);
        }
      }),
      { numRuns: 500 },
    );
    expect(served).toBeGreaterThan(200);
  });

  it("is what decisions come to, taken many times", () => {
    let served = 0;
    fc.assert(
      fc.property(worlds, places, (snapshot, place) => {
        const expected = sharesByRegion(fateOf(testView(snapshot), row(place), 0));
        const observed = frequencies(snapshot, place);
        if (typeof expected === "string" || typeof observed === "string") {
          expect(expected).toBe(observed);
          return;
        }
        served += 1;
        for (const id of REGIONS) {
          const share = expected.get(id) ?? 0;
          // Six standard deviations of a binomial frequency, and what the rounds of round-robin leave over.
          const tolerance = 6 * Math.sqrt((share * (1 - share)) / DRAWS) + 0.005;
          expect(Math.abs((observed.get(id) ?? 0) - share), id).toBeLessThanOrEqual(tolerance);
        }
      }),
      { numRuns: 150, seed: 20 },
    );
    expect(served).toBeGreaterThan(60);
  });

  it("never leaves the rule's regions under required residency", () => {
    let served = 0;
    fc.assert(
      fc.property(worlds, places, (snapshot, place) => {
        const strict = { ...snapshot, services: snapshot.services.map(required) };
        const fate = fateOf(testView(strict), row(place), 0);
        const residence = jurisdictionOf(place);
        if (fate.kind !== "served" || residence.kind !== "in") return;
        served += 1;
        const inside = new Set<string>(snapshot.table.residency.get(residence.jurisdiction.id)?.regions);
        for (const { region } of fate.regions) expect(inside).toContain(region);
      }),
      { numRuns: 500 },
    );
    expect(served).toBeGreaterThan(100);
  });
});

const required = (entry: Snapshot["services"][number]) => ({
  ...entry,
  service: { ...entry.service, residency: "required" as const },
});
