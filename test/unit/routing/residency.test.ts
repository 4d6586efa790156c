import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jurisdictionOf } from "../../../src/residency/jurisdictions.ts";
import { alternates, decide } from "../../../src/routing/decide.ts";
import type { RegionId } from "../../../src/table/region.ts";
import type { Verdict } from "../../../src/table/verdict.ts";
import { calm, down, REGIONS, testRequest, testSnapshot, testTable, testView, up } from "../../fakes/world.ts";

const backendIds = [...testTable({ perRegion: 2 }).backends.keys()];

/** Random tables: policies, residency rules, states, tracks, tiers, weights, whatever an operator may set. */
const patches = fc.record({
  policy: fc.constantFrom("latency", "weighted", "geo", "failover", "round-robin", "least-outstanding", "hash"),
  whenNoneHealthy: fc.constantFrom("fail-closed", "fail-open"),
  affinity: fc.constantFrom("none", "cookie", "client-address"),
  canaryPercent: fc.constantFrom(0, 30, 100),
  unknownPlace: fc.constantFrom("refuse", "allow"),
  panicThresholdPercent: fc.constantFrom(0, 50, 100),
  rules: fc.dictionary(
    fc.constantFrom("eu-eea", "uk", "switzerland", "brazil", "canada", "japan", "india", "california"),
    fc.subarray([...REGIONS], { minLength: 1 }),
  ),
  backends: fc.dictionary(
    fc.constantFrom(...backendIds),
    fc.record({
      track: fc.constantFrom("stable", "canary"),
      priority: fc.integer({ min: 0, max: 2 }),
      state: fc.constantFrom("active", "draining", "disabled"),
      weight: fc.constantFrom(0, 1, 100),
    }),
  ),
});
const clients = fc.record({
  country: fc.constantFrom("DE", "FR", "NO", "GB", "CH", "BR", "CA", "JP", "IN", "US", "CN", null),
  subdivision: fc.constantFrom("CA", "NY", null),
  bound: fc.constantFrom(...backendIds),
});
/** Any of the backends down or ejected. */
const failures = fc.record({
  down: fc.subarray(backendIds),
  ejected: fc.subarray(backendIds),
  draw: fc.double({ min: 0, max: 0.999999 }),
});
/** Any of the regions failed over to any others. */
const failovers = fc.dictionary(
  fc.constantFrom(...REGIONS),
  fc.record({
    id: fc.constant("f"),
    phase: fc.constant("failed-over" as const),
    percent: fc.constantFrom(0, 25),
    targets: fc
      .subarray([...REGIONS], { minLength: 1, maxLength: 3 })
      .map((regions) => regions.map((region) => ({ region: region as RegionId, share: 1 / regions.length }))),
    since: fc.constant(0),
  }),
  { maxKeys: 4 },
);

describe("required residency", () => {
  it("never leaves its set, first choice or retry, whatever the table, the client, what is down and what fails over", () => {
    let served = 0;
    fc.assert(
      fc.property(patches, clients, failures, failovers, (patch, client, failure, moved) => {
        const { policy, rules, backends, affinity, ...service } = patch;
        const table = testTable({
          perRegion: 2,
          patch: {
            backends,
            residency: Object.fromEntries(Object.entries(rules).map(([id, regions]) => [id, { regions }])),
            services: { api: { ...service, policy, affinity: { kind: affinity }, residency: "required" } },
          },
        });
        const health = new Map<string, Verdict>(failure.down.map((id) => [id, down()]));
        const snapshot = testSnapshot(table, health, new Map(), new Map(Object.entries(moved)));
        const ejected = new Set(failure.ejected);
        const view = testView(snapshot, { ...calm, isEjected: (id) => ejected.has(id) });
        const { country, subdivision, bound } = client;
        const request = testRequest(snapshot, "api", { place: { country, subdivision }, bound });
        const residence = jurisdictionOf({ country, subdivision });
        // The dumb twin: the rule's regions, read straight from the table.
        const inside =
          residence.kind === "in"
            ? new Set<string>(table.residency.get(residence.jurisdiction.id)?.regions)
            : residence.kind === "none" || patch.unknownPlace === "allow"
              ? new Set<string>(REGIONS)
              : new Set<string>();
        if (!request) {
          expect(inside.size).toBe(0);
          return;
        }
        const decision = decide(view, request, 0, failure.draw);
        if (decision.kind !== "chosen") return;
        served += 1;
        const walk = [decision.backend, ...alternates(view, request, decision, 0)];
        for (const { region } of walk) expect(inside).toContain(region.id);
        if (patch.whenNoneHealthy === "fail-closed")
          for (const { region } of walk) expect(moved[region.id]?.percent).not.toBe(0);
      }),
      { numRuns: 2000 },
    );
    // A property over requests that are all refused would prove nothing.
    expect(served).toBeGreaterThan(500);
  });

  it("refuses with nobody inside healthy, though others are", () => {
    const table = testTable({ patch: { services: { api: { residency: "required" } } } });
    const inside = ["eu-west-1-a", "eu-central-1-a"];
    const snapshot = testSnapshot(table, new Map(inside.map((id) => [id, down()])));
    const request = testRequest(snapshot, "api", { place: { country: "DE" } });
    expect(request && decide(testView(snapshot), request, 0, 0)).toMatchObject({
      kind: "none-healthy",
      jurisdiction: "eu-eea",
    });
  });
});

describe("preferred residency", () => {
  it("stays inside while anybody there is healthy, then goes outside", () => {
    const table = testTable({ patch: { services: { api: { residency: "preferred" } } } });
    const choose = (health: Map<string, Verdict>) => {
      const snapshot = testSnapshot(table, health);
      const request = testRequest(snapshot, "api", { place: { country: "GB", latitude: 51.5, longitude: -0.1 } });
      const decision = request && decide(testView(snapshot), request, 0, 0);
      return decision?.kind === "chosen" ? decision.backend.region.id : null;
    };
    expect(choose(new Map([["eu-west-2-a", up()]]))).toBe("eu-west-2");
    expect(choose(new Map([["eu-west-2-a", down()]]))).toBe("eu-west-1");
  });
});
