import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { admit } from "../../../src/routing/admit.ts";
import { decide } from "../../../src/routing/decide.ts";
import type { LocalHealth } from "../../../src/routing/view.ts";
import type { BackendId } from "../../../src/table/backend.ts";
import type { Health } from "../../../src/table/table.ts";
import { explain } from "../../../src/telemetry/explain.ts";
import { explanationSchema } from "../../../src/telemetry/explanation.ts";
import { ejecting, makeTrace, repeat, traceSchema } from "../../../src/telemetry/trace.ts";
import { calm, down, REGIONS, testSnapshot, testTable, testView, up } from "../../fakes/world.ts";
import { FRANKFURT, inquiry, NOW } from "./inquiries.ts";

const countries = ["DE", "GB", "US", "JP", "BR", "IN", "ZA", null] as const;
const regions = fc.constantFrom(...REGIONS);
const region = fc.record({
  weight: fc.constantFrom(0, 50, 100),
  dialPercent: fc.constantFrom(0, 30, 100),
  state: fc.constantFrom("active", "draining", "maintenance"),
});
const affinity = fc.constantFrom(
  { kind: "none" },
  { kind: "cookie" },
  { kind: "client-address" },
  { kind: "header", name: "x-user" },
);
const scene = fc.record({
  regions: fc.dictionary(regions, region, { maxKeys: 5 }),
  service: fc.record({
    policy: fc.constantFrom("latency", "weighted", "geo", "failover", "round-robin", "least-outstanding", "hash"),
    residency: fc.constantFrom("none", "preferred", "required"),
    canaryPercent: fc.constantFrom(0, 40, 100),
    panicThresholdPercent: fc.constantFrom(0, 50),
    whenNoneHealthy: fc.constantFrom("fail-closed", "fail-open"),
    affinity,
  }),
  backends: fc.dictionary(
    regions,
    fc.record({ priority: fc.constantFrom(0, 1), track: fc.constantFrom("stable", "canary") }),
    { maxKeys: 6 },
  ),
  down: fc.subarray([...REGIONS]),
  warming: fc.subarray([...REGIONS], { maxLength: 3 }),
  ejected: fc.subarray([...REGIONS], { maxLength: 4 }),
  country: fc.constantFrom(...countries),
  colo: fc.constantFrom("FRA", "IAD", "NRT", null),
  ip: fc.ipV4(),
  bound: fc.option(regions),
  /** Decisions of this isolate before, and regions whose first backend has a request in progress. */
  turns: fc.nat(30),
  busy: fc.subarray([...REGIONS]),
  draw: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
});

type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;

function played(scene: Scene) {
  const backends = Object.fromEntries(Object.entries(scene.backends).map(([id, fields]) => [`${id}-b`, fields]));
  const patch = { regions: scene.regions, backends, services: { api: scene.service } };
  const health: Health = new Map([
    ...scene.warming.map((id) => [`${id}-b`, up(NOW - 9000)] as const),
    ...scene.down.map((id) => [`${id}-a`, down()] as const),
  ]);
  const local: LocalHealth = ejecting(new Set(scene.ejected.map((id) => `${id}-b`)));
  const snapshot = testSnapshot(testTable({ perRegion: 2, patch }), health);
  const { country, colo, ip, bound, draw } = scene;
  const headers = { "x-user": `user of ${ip}`, cookie: "session=secret", authorization: "Bearer secret" };
  const asked = inquiry({ place: { country, colo }, ip, headers, draw, ...(bound ? { bound: `${bound}-a` } : {}) });
  return { snapshot, local, asked };
}

/** Tables that are refused, such as one in which all weights are zero, are no scenes. */
const isTable = (scene: Scene) => {
  try {
    return Boolean(played(scene));
  } catch {
    return false;
  }
};

describe("explain", () => {
  it("chooses what decide chooses, and names every region once", () => {
    fc.assert(
      fc.property(scene.filter(isTable), (scene) => {
        const { snapshot, local, asked } = played(scene);
        const explanation = explain(testView(snapshot, local), asked);
        expect(explanation.candidates.map(({ region }) => region).sort()).toEqual([...REGIONS].sort());
        const admitted = admit(snapshot, asked.facts, asked.now);
        if (admitted.kind !== "admitted") {
          expect(explanation.decision.kind).toBe(admitted.kind);
          return;
        }
        const { facts, service, permitted } = admitted;
        const request = { facts, service, permitted, bound: asked.bound };
        const decision = decide(testView(snapshot, local), request, asked.now, asked.draw);
        expect(explanation.decision.kind).toBe(decision.kind);
        if (decision.kind !== "chosen" || explanation.decision.kind !== "chosen") return;
        expect(explanation.decision.backend).toBe(decision.backend.id);
        const sum = explanation.candidates.reduce((sum, each) => sum + (each.kind === "candidate" ? each.share : 0), 0);
        expect(sum).toBeCloseTo(1, 9);
        // Only a client that is bound may go where no new client goes.
        const chosen = explanation.candidates.find((each) => each.region === decision.backend.region.id);
        if (decision.reason !== "affinity") expect(chosen?.kind).toBe("candidate");
      }),
      { numRuns: 150 },
    );
  });

  it("gives the same decision again from a trace, without the headers", () => {
    fc.assert(
      fc.property(scene.filter(isTable), (scene) => {
        const { snapshot, local, asked } = played(scene);
        const admitted = admit(snapshot, asked.facts, asked.now);
        if (admitted.kind !== "admitted") return;
        const request = { ...admitted, bound: asked.bound };
        const view = testView(snapshot, local);
        for (let turn = 0; turn < scene.turns; turn++) view.traffic.nextTurn("api");
        for (const id of scene.busy) view.traffic.gauge(`${id}-a` as BackendId).begin(asked.now);
        const verdict = decide(view, request, asked.now, asked.draw);
        const passage = {
          requestId: "0".repeat(32),
          facts: asked.facts,
          snapshot,
          stale: false,
          local,
          request,
          verdict,
        };
        const ejected = scene.ejected.map((id) => `${id}-b`);
        const course = {
          outcome: "forwarded",
          status: 200,
          tries: [],
          gaveUp: null,
          hedges: 0,
          totalMs: 1,
          backendMs: 1,
        };
        const made = makeTrace("sampled", { ...passage, at: asked.now, draw: asked.draw }, ejected, course);
        const trace = traceSchema.parse(JSON.parse(JSON.stringify(made)));
        expect(trace).toEqual(made);
        expect(JSON.stringify(trace)).not.toMatch(/secret|user of/);
        const again = repeat(snapshot, trace);
        expect(again?.decision).toEqual(trace.explanation.decision);
        expect(again?.candidates).toEqual(trace.explanation.candidates);
      }),
      { numRuns: 150 },
    );
  });

  it("holds the plan that was in force, not one of a moment later", () => {
    const table = testTable({ perRegion: 2, patch: { services: { api: { policy: "weighted" } } } });
    const snapshot = testSnapshot(table, new Map([["eu-west-1-a", up(NOW - 9000)]]));
    const early = explain(testView(snapshot), inquiry({ now: NOW }));
    const kept = explain(testView(snapshot), { ...inquiry({ now: NOW + 200 }), plannedAt: NOW });
    const anew = explain(testView(snapshot), inquiry({ now: NOW + 200 }));
    expect(kept.candidates).toEqual(early.candidates);
    expect(anew.candidates).not.toEqual(early.candidates);
  });

  it("keeps out queries, headers and the whole address", () => {
    const view = testView(testSnapshot(testTable()));
    const headers = { authorization: "Bearer geheim", cookie: "a=geheim", "x-user": "geheim" };
    for (const ip of ["203.0.113.9", "2001:db8:1:2::3"]) {
      const text = JSON.stringify(explain(view, inquiry({ ip, path: "/orders?token=geheim", headers })));
      expect(text).not.toMatch(/geheim|203\.0\.113\.9|2001:db8:1:2/);
      expect(text).toMatch(/203\.0\.113\.0\/24|2001:db8:1::\/48/);
    }
  });

  it("is read by a version that knows fewer fields", () => {
    const explanation = explain(testView(testSnapshot(testTable()), calm), inquiry({ place: FRANKFURT }));
    expect(explanationSchema.parse({ ...explanation, novelty: 1 })).toEqual(explanation);
  });

  it("of a version that told nothing of the shield is read", () => {
    const snapshot = testSnapshot(testTable());
    const { shield, ...explanation } = explain(testView(snapshot), inquiry());
    expect(shield).not.toBeNull();
    const recorded = { client: "203.0.113.9", headerKey: null, plannedAt: NOW, ejected: [] };
    const trace = traceSchema.parse({ occasion: "refused", explanation, recorded });
    expect(trace.explanation).toEqual({ ...explanation, shield: null });
    expect(repeat(snapshot, trace)?.shield).toEqual(shield);
  });
});
