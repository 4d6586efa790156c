import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { alternates, decide, planFor } from "../../../src/routing/decide.ts";
import { sharesOf } from "../../../src/simulation/shares.ts";
import type { Failover } from "../../../src/table/failover.ts";
import type { PolicyKind } from "../../../src/table/policy.ts";
import type { RegionId } from "../../../src/table/region.ts";
import type { Verdict } from "../../../src/table/verdict.ts";
import { type Client, down, REGIONS, testRequest, testSnapshot, testTable, testView } from "../../fakes/world.ts";

type Targets = Readonly<Record<string, number>>;

const failover = (percent: number, targets: Targets): Failover => ({
  id: "f",
  phase: "failed-over",
  percent,
  targets: Object.entries(targets).map(([region, share]) => ({ region: region as RegionId, share })),
  since: 0,
});

interface Given {
  readonly patch?: object;
  readonly failovers: Readonly<Record<string, Failover>>;
  readonly down?: readonly string[];
  readonly client?: Client;
}

const virginian: Client = { place: { country: "US", subdivision: "VA", latitude: 38.9, longitude: -77.4 } };

function routed({ patch = {}, failovers, down: dead = [], client = virginian }: Given) {
  const health = new Map<string, Verdict>(dead.map((region) => [`${region}-a`, down()]));
  const table = testTable({ patch });
  const snapshot = testSnapshot(table, health, new Map(), new Map(Object.entries(failovers)));
  const request = testRequest(snapshot, "api", client);
  if (!request) throw new Error("refused by residency");
  return { view: testView(snapshot), request };
}

/** The part of the traffic that each region gets, of those that get any. */
function shares(given: Given): Record<string, number> {
  const { view, request } = routed(given);
  const plan = planFor(view, request, "stable", 0);
  if (!plan) return {};
  const parts = [...sharesOf(plan, request.service.policy.kind)].map(
    ([{ region }, share]) => [region.id, share] as const,
  );
  return Object.fromEntries(
    parts.filter(([, share]) => share > 1e-9).map(([id, share]) => [id, Number(share.toFixed(6))]),
  );
}

const policy = (kind: PolicyKind) => ({
  services: { api: { policy: kind } },
});

describe("a region that is failed over", () => {
  it.each<[string, Given, Record<string, number>]>([
    ["sends nobody elsewhere without a failover", { failovers: {} }, { "us-east-1": 1 }],
    [
      "leaves all to its target, not to the nearest",
      { failovers: { "us-east-1": failover(0, { "eu-west-1": 1 }) } },
      { "eu-west-1": 1 },
    ],
    [
      "leaves it to several by their shares",
      { failovers: { "us-east-1": failover(0, { "eu-west-1": 0.75, "us-west-2": 0.25 }) } },
      { "eu-west-1": 0.75, "us-west-2": 0.25 },
    ],
    [
      "keeps its percent",
      { failovers: { "us-east-1": failover(25, { "us-west-2": 1 }) } },
      { "us-east-1": 0.25, "us-west-2": 0.75 },
    ],
    [
      "has nothing to keep when it is down",
      { failovers: { "us-east-1": failover(25, { "us-west-2": 1 }) }, down: ["us-east-1"] },
      { "us-west-2": 1 },
    ],
    [
      "passes over a target that is down",
      { failovers: { "us-east-1": failover(0, { "eu-west-1": 0.5, "us-west-2": 0.5 }) }, down: ["eu-west-1"] },
      { "us-west-2": 1 },
    ],
    [
      "goes on by the policy when all its targets are down",
      { failovers: { "us-east-1": failover(0, { "eu-west-1": 1 }) }, down: ["eu-west-1"] },
      { "ca-central-1": 1 },
    ],
    [
      "does not send to another that is failed over",
      {
        failovers: {
          "us-east-1": failover(0, { "us-west-2": 0.5, "eu-west-1": 0.5 }),
          "us-west-2": failover(0, { "ca-central-1": 1 }),
        },
      },
      { "eu-west-1": 1 },
    ],
    [
      "goes on by the policy among those that residency permits",
      {
        patch: { services: { api: { residency: "required" } } },
        failovers: { "eu-central-1": failover(0, { "us-west-2": 1 }) },
        client: { place: { country: "DE", latitude: 50.1, longitude: 8.7 } },
      },
      { "eu-west-1": 1 },
    ],
    [
      "serves nobody, though it could, when it alone is permitted",
      {
        patch: { services: { api: { residency: "required" } } },
        failovers: { "sa-east-1": failover(0, { "us-west-2": 1 }) },
        client: { place: { country: "BR" } },
      },
      {},
    ],
    [
      "serves all the same where the service fails open",
      {
        patch: { services: { api: { residency: "required", whenNoneHealthy: "fail-open" } } },
        failovers: { "sa-east-1": failover(0, { "us-west-2": 1 }) },
        client: { place: { country: "BR" } },
      },
      { "sa-east-1": 1 },
    ],
    [
      "takes nobody in panic either",
      {
        patch: { services: { api: { panicThresholdPercent: 100 } } },
        failovers: { "us-east-1": failover(0, { "us-west-2": 1 }) },
        down: REGIONS.filter((region) => region !== "us-west-2" && region !== "us-east-1"),
      },
      { "us-west-2": 1 },
    ],
  ])("%s", (_, given, expected) => {
    expect(shares(given)).toEqual(expected);
  });

  it.each<PolicyKind>(["weighted", "round-robin", "least-outstanding", "hash"])(
    "leaves its weight to its targets under %s",
    (kind) => {
      const even = 1 / REGIONS.length;
      const all = shares({ patch: policy(kind), failovers: { "us-east-1": failover(0, { "us-west-2": 1 }) } });
      expect(all["us-east-1"]).toBeUndefined();
      expect(all["us-west-2"]).toBeCloseTo(2 * even, 5);
      expect(all["eu-west-1"]).toBeCloseTo(even, 5);
      const half = shares({ patch: policy(kind), failovers: { "us-east-1": failover(50, { "us-west-2": 1 }) } });
      expect(half["us-east-1"]).toBeCloseTo(even / 2, 5);
      expect(half["us-west-2"]).toBeCloseTo(1.5 * even, 5);
    },
  );

  it("is left by clients that are bound to it, and its targets are tried first", () => {
    const patch = { services: { api: { affinity: { kind: "cookie" } } } };
    const failovers = { "us-east-1": failover(0, { "eu-west-1": 0.5, "ap-south-1": 0.5 }) };
    const { view, request } = routed({ patch, failovers, client: { ...virginian, bound: "us-east-1-a" } });
    const decision = decide(view, request, 0, 0);
    if (decision.kind !== "chosen") throw new Error(decision.kind);
    expect(decision.reason).toBe("policy");
    const walk = [decision.backend, ...alternates(view, request, decision, 0)].map(({ region }) => region.id);
    expect(walk.slice(0, 2).sort()).toEqual(["ap-south-1", "eu-west-1"]);
    expect(walk[2]).toBe("ca-central-1");
    expect(walk).not.toContain("us-east-1");
  });

  it("keeps clients that are bound to it while it takes a part", () => {
    const patch = { services: { api: { affinity: { kind: "cookie" } } } };
    const failovers = { "us-east-1": failover(5, { "eu-west-1": 1 }) };
    const { view, request } = routed({ patch, failovers, client: { ...virginian, bound: "us-east-1-a" } });
    expect(decide(view, request, 0, 0.99)).toMatchObject({ kind: "chosen", reason: "affinity" });
  });
});

describe("all shares", () => {
  it("sum to 1 or there are none, and a region at 0 percent has none, whatever fails over to whatever", () => {
    const region = fc.constantFrom(...REGIONS);
    const entry = fc.record({
      percent: fc.constantFrom(0, 5, 25, 50, 100),
      targets: fc.dictionary(region, fc.double({ min: 0.01, max: 1, noNaN: true }), { minKeys: 1, maxKeys: 8 }),
    });
    fc.assert(
      fc.property(
        fc.constantFrom<PolicyKind>("latency", "weighted", "geo", "round-robin"),
        fc.dictionary(region, entry),
        fc.subarray([...REGIONS]),
        (kind, entries, dead) => {
          const failovers = Object.fromEntries(
            Object.entries(entries).map(([id, { percent, targets }]) => [id, failover(percent, targets)]),
          );
          const all = shares({ patch: policy(kind), failovers, down: dead });
          const served = REGIONS.some((id) => !dead.includes(id) && failovers[id]?.percent !== 0);
          const sum = Object.values(all).reduce((total, share) => total + share, 0);
          expect(sum).toBeCloseTo(served ? 1 : 0, 4);
          for (const id of Object.keys(all)) {
            expect(failovers[id]?.percent).not.toBe(0);
            expect(dead).not.toContain(id);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
