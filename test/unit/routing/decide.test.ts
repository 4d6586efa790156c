import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.ts";
import { alternates, decide } from "../../../src/routing/decide.ts";
import type { View } from "../../../src/routing/view.ts";
import type { Health } from "../../../src/table/table.ts";
import {
  type Client,
  calm,
  down,
  REGIONS,
  testRequest,
  testSnapshot,
  testTable,
  testView,
  up,
} from "../../fakes/world.ts";

const near = {
  frankfurt: { country: "DE", latitude: 50.1, longitude: 8.7 },
  dublin: { country: "IE", latitude: 53.3, longitude: -6.3 },
  honolulu: { country: "US", subdivision: "HI", latitude: 21.3, longitude: -157.9 },
};

/** Shares in percent by region or backend over many draws. */
function shares(
  view: View,
  client: Client,
  { draws = 20_000, now = 0, by = "region", service = "api", clients = false } = {},
): Record<string, number> {
  const random = new Random([4, 5, 6]);
  const counts = new Map<string, number>();
  for (let i = 0; i < draws; i++) {
    const ip = clients ? `198.51.${i >> 8}.${i & 255}` : undefined;
    const request = testRequest(view.snapshot, service, ip ? { ...client, ip } : client);
    const decision = request && decide(view, request, now, random.unit());
    if (decision?.kind !== "chosen") continue;
    const key = by === "region" ? decision.backend.region.id : decision.backend.id;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort().map(([key, count]) => [key, Math.round((count / draws) * 100)]));
}

const viewOf = (options: Parameters<typeof testTable>[0] = {}, health: Health = new Map()): View =>
  testView(testSnapshot(testTable(options), health));
const service = (patch: object) => ({ patch: { services: { api: patch } } });

describe("policies", () => {
  it.each([
    ["latency", "us-west-2", near.honolulu],
    ["geo", "us-west-2", near.honolulu],
    ["latency", "eu-central-1", near.frankfurt],
    ["geo", "eu-west-1", near.dublin],
  ])("%s takes the best region: %s", (policy, region, place) => {
    expect(shares(viewOf(service({ policy })), { place }, { draws: 100 })).toEqual({ [region]: 100 });
  });

  it("every region is the choice of a client beside it", () => {
    const view = viewOf();
    for (const { id, region } of view.snapshot.regions) {
      const { latitude, longitude } = region;
      expect(shares(view, { place: { latitude, longitude } }, { draws: 10 })).toEqual({ [id]: 100 });
    }
  });

  it("latency trusts a measured colo over the map", () => {
    const patch = { latency: { "colo:FRA": { "eu-west-2": 1, "eu-central-1": 50 } } };
    expect(shares(viewOf({ patch }), { place: { ...near.frankfurt, colo: "FRA" } }, { draws: 10 })).toEqual({
      "eu-west-2": 100,
    });
  });

  it("latency: regions within the tolerance share by weight and capacity", () => {
    const patch = {
      latency: { "colo:FRA": { "eu-west-1": 40, "eu-central-1": 41, "eu-west-2": 43 } },
      regions: { "eu-west-1": { weight: 300 } },
    };
    const place = { ...near.frankfurt, colo: "FRA" };
    expect(shares(viewOf({ patch }), { place })).toEqual({ "eu-central-1": 25, "eu-west-1": 75 });
  });

  const ninetyTen = (ids: readonly string[]) =>
    Object.fromEntries(
      ids.map((id) => [id, { weight: id.startsWith("us-east-1") ? 90 : id.startsWith("eu-west-1") ? 10 : 0 }]),
    );
  it.each([
    ["regions", { regions: ninetyTen(REGIONS) }],
    ["backends", { backends: ninetyTen(REGIONS.map((id) => `${id}-a`)) }],
  ])("weighted honours the weights of %s", (_, patch) => {
    const view = viewOf({ patch: { ...patch, services: { api: { policy: "weighted" } } } });
    expect(shares(view, {})).toEqual({ "eu-west-1": 10, "us-east-1": 90 });
  });

  it.each(["weighted", "latency"])("%s: news of latency among equal regions moves no draw", (policy) => {
    const place = { ...near.frankfurt, colo: "FRA" };
    const chosen = (latency: object) => {
      const view = viewOf({ patch: { latency: { "colo:FRA": latency }, services: { api: { policy } } } });
      const request = testRequest(view.snapshot, "api", { place });
      return Array.from({ length: 100 }, (_, i) => {
        const decision = request && decide(view, request, 0, i / 100);
        return decision?.kind === "chosen" ? decision.backend.id : null;
      });
    };
    expect(chosen({ "eu-west-1": 41, "eu-central-1": 40 })).toEqual(chosen({ "eu-west-1": 40, "eu-central-1": 41 }));
  });

  it("failover takes the first of its order that is healthy", () => {
    const policies = { failover: { order: ["sa-east-1", "af-south-1"] } };
    const options = { patch: { policies, services: { api: { policy: "failover" } } } };
    expect(shares(viewOf(options), {}, { draws: 10 })).toEqual({ "sa-east-1": 100 });
    expect(shares(viewOf(options, new Map([["sa-east-1-a", down()]])), {}, { draws: 10 })).toEqual({
      "af-south-1": 100,
    });
  });

  it("round-robin takes equal backends strictly in turn, and weights in proportion", () => {
    const two = { api: { policy: "round-robin", backends: ["us-east-1-a", "eu-west-1-a"] } };
    const view = viewOf({ patch: { services: two } });
    const request = testRequest(view.snapshot, "api");
    const turns = Array.from({ length: 6 }, () => {
      const decision = request && decide(view, request, 0, 0.3);
      return decision?.kind === "chosen" ? decision.backend.id : null;
    });
    expect(new Set(turns.slice(0, 2)).size).toBe(2);
    expect(turns.slice(2)).toEqual(turns.slice(0, 4));
    const weighted = viewOf({ patch: { services: two, backends: { "us-east-1-a": { weight: 300 } } } });
    expect(shares(weighted, {}, { draws: 400 })).toEqual({ "eu-west-1": 25, "us-east-1": 75 });
  });

  it("least-outstanding avoids the busy one", () => {
    const view = viewOf(service({ policy: "least-outstanding", backends: ["us-east-1-a", "eu-west-1-a"] }));
    for (let i = 0; i < 5; i++) view.traffic.gauge("eu-west-1-a" as never).begin(0);
    // Two equal draws leave no choice, so the busy one keeps a quarter.
    expect(shares(view, {})).toEqual({ "eu-west-1": 25, "us-east-1": 75 });
  });

  it("hash keeps a client at its backend, and a backend that goes moves only its own clients", () => {
    const options = service({ policy: "hash" });
    const before = viewOf(options);
    const after = viewOf(options, new Map([["us-east-1-a", down()]]));
    let moved = 0;
    for (let i = 0; i < 1000; i++) {
      const pick = (view: View) => {
        const request = testRequest(view.snapshot, "api", { ip: `198.51.100.${i % 250}`, path: "/" });
        const decision = request && decide(view, request, 0, Math.random());
        return decision?.kind === "chosen" ? decision.backend.id : null;
      };
      expect(pick(before)).toBe(pick(before));
      if (pick(before) !== pick(after)) {
        moved += 1;
        expect(pick(before)).toBe("us-east-1-a");
      }
    }
    expect(moved).toBeGreaterThan(0);
  });
});

describe("composition", () => {
  it("a dial at 25 % sends the rest to the next region", () => {
    const patch = { regions: { "eu-central-1": { dialPercent: 25 } } };
    expect(shares(viewOf({ patch }), { place: near.frankfurt })).toEqual({ "eu-central-1": 25, "eu-west-2": 75 });
  });

  it("a region at half its health spills what overprovisioning does not cover", () => {
    const health = new Map(["b", "c", "d"].map((x) => [`eu-central-1-${x}`, down()]));
    expect(shares(viewOf({ perRegion: 4 }, health), { place: near.frankfurt })).toEqual({
      "eu-central-1": 35,
      "eu-west-2": 65,
    });
  });

  it("a backend that has come up starts slowly", () => {
    const view = viewOf({}, new Map([["eu-central-1-a", up(100_000)]]));
    const at = (now: number) => shares(view, { place: near.frankfurt }, { now });
    expect(at(100_000)).toEqual({ "eu-central-1": 14, "eu-west-2": 86 });
    expect(at(115_000)).toEqual({ "eu-central-1": 70, "eu-west-2": 30 });
    expect(at(130_000)).toEqual({ "eu-central-1": 100 });
  });

  it("when everybody has just come up, the nearest takes its traffic at once", () => {
    const view = viewOf({}, new Map(REGIONS.map((id) => [`${id}-a`, up(100_000)])));
    expect(shares(view, { place: near.frankfurt }, { now: 100_000, draws: 100 })).toEqual({ "eu-central-1": 100 });
  });

  it("a full region sheds", () => {
    const load = { cpu: 0.9, memory: 0.1, disk: 0.1, network: 0.1, inFlight: 0.1 };
    const view = viewOf({}, new Map([["eu-central-1-a", { ...up(), load }]]));
    expect(shares(view, { place: near.frankfurt }, { now: 1e9 })).toEqual({ "eu-central-1": 70, "eu-west-2": 30 });
  });

  it("draining takes no new client and keeps the bound one", () => {
    const view = viewOf({ patch: { backends: { "eu-central-1-a": { state: "draining" } } } });
    expect(shares(view, { place: near.frankfurt }, { draws: 10 })).toEqual({ "eu-west-2": 100 });
    expect(shares(view, { place: near.frankfurt, bound: "eu-central-1-a" }, { draws: 10 })).toEqual({
      "eu-central-1": 100,
    });
  });

  it("the canary has its part of the clients, and each client stays", () => {
    const patch = { backends: { "us-east-1-b": { track: "canary" } }, services: { api: { canaryPercent: 20 } } };
    const view = viewOf({ perRegion: 2, patch });
    const place = { latitude: 39, longitude: -77 };
    expect(shares(view, { place }, { by: "backend", clients: true })).toEqual({ "us-east-1-a": 80, "us-east-1-b": 20 });
    const one = shares(view, { place, ip: "198.51.100.7" }, { by: "backend", draws: 100 });
    expect(Object.values(one)).toEqual([100]);
  });

  it("affinity by address spreads clients by weight and keeps each where it is", () => {
    const view = viewOf({ perRegion: 2, ...service({ affinity: { kind: "client-address" } }) });
    const place = near.frankfurt;
    const spread = shares(view, { place }, { by: "backend", clients: true });
    expect(Object.keys(spread)).toEqual(["eu-central-1-a", "eu-central-1-b"]);
    expect(spread["eu-central-1-a"]).toBeGreaterThan(47);
    expect(Object.values(shares(view, { place }, { by: "backend", draws: 100 }))).toEqual([100]);
  });

  it("an ejected backend is out at once, and the plan kept before does not outlive it", () => {
    const local = { ...calm, revision: 0, out: new Set<string>(), isEjected: (id: string) => local.out.has(id) };
    const view = testView(testSnapshot(testTable()), local);
    expect(shares(view, { place: near.frankfurt }, { draws: 10 })).toEqual({ "eu-central-1": 100 });
    local.out.add("eu-central-1-a");
    local.revision += 1;
    expect(shares(view, { place: near.frankfurt }, { draws: 10 })).toEqual({ "eu-west-2": 100 });
  });

  it("when everybody left is ejected, the table's verdict counts", () => {
    const health = new Map(REGIONS.slice(1).map((id) => [`${id}-a`, down()]));
    const view = testView(testSnapshot(testTable(), health), { ...calm, isEjected: () => true });
    expect(shares(view, {}, { draws: 10 })).toEqual({ "us-east-1": 100 });
  });

  it("panic, where it is asked for, disregards health once too few are left", () => {
    const health = new Map(["b", "c", "d"].map((x) => [`eu-central-1-${x}`, down()]));
    const only = ["a", "b", "c", "d"].map((x) => `eu-central-1-${x}`);
    const at = (panicThresholdPercent: number) =>
      shares(
        viewOf({ perRegion: 4, ...service({ backends: only, panicThresholdPercent }) }, health),
        {},
        { by: "backend" },
      );
    expect(at(0)).toEqual({ "eu-central-1-a": 100 });
    expect(Object.keys(at(50))).toEqual(only);
  });

  it("priority tiers: the second takes what the first cannot", () => {
    const patch = {
      backends: {
        "eu-central-1-a": { priority: 0 },
        "eu-west-2-a": { priority: 1 },
        "eu-central-1-b": { priority: 0 },
      },
      services: { api: { backends: ["eu-central-1-a", "eu-central-1-b", "eu-west-2-a"] } },
    };
    const health = new Map([["eu-central-1-b", down()]]);
    expect(shares(viewOf({ perRegion: 2, patch }, health), { place: near.frankfurt })).toEqual({
      "eu-central-1": 70,
      "eu-west-2": 30,
    });
  });

  it("with nobody healthy: refuses, or tries the unhealthy when it fails open", () => {
    const health = new Map(REGIONS.map((id) => [`${id}-a`, down()]));
    expect(shares(viewOf({}, health), {}, { draws: 10 })).toEqual({});
    const open = viewOf(service({ whenNoneHealthy: "fail-open" }), health);
    expect(shares(open, { place: near.frankfurt }, { draws: 10 })).toEqual({ "eu-central-1": 100 });
  });
});

describe("the order of retries", () => {
  const walk = (view: View, client: Client) => {
    const request = testRequest(view.snapshot, "api", client);
    const decision = request && decide(view, request, 0, 0);
    if (!request || decision?.kind !== "chosen") return [];
    return [decision.backend, ...alternates(view, request, decision, 0)].map(({ id }) => id);
  };

  it("one more of the region, then other regions by the policy; everybody once", () => {
    const view = viewOf({ perRegion: 4 });
    const order = walk(view, { place: near.frankfurt });
    expect(order.slice(0, 5).map((id) => id.slice(0, -2))).toEqual([
      "eu-central-1",
      "eu-central-1",
      "eu-west-2",
      "eu-west-1",
      "me-south-1",
    ]);
    expect(new Set(order).size).toBe(52);
    expect(order.length).toBe(52);
  });

  it("whoever is ejected while the request is under way is tried last", () => {
    const ejected = new Set<string>();
    const local = { ...calm, isEjected: (id: string) => ejected.has(id) };
    const view = testView(testSnapshot(testTable({ perRegion: 3 })), local);
    const request = testRequest(view.snapshot, "api", { place: near.frankfurt });
    const decision = request && decide(view, request, 0, 0);
    if (!request || decision?.kind !== "chosen") throw new Error("nobody was chosen");
    const others = alternates(view, request, decision, 0);
    const first = others.next().value?.id ?? "";
    const neighbours = ["a", "b", "c"].map((letter) => `eu-central-1-${letter}`);
    const third = neighbours.find((id) => id !== first && id !== decision.backend.id) ?? "";
    ejected.add(third);
    const rest = [...others].map(({ id }) => id);
    expect(rest.at(-1)).toBe(third);
    expect(new Set(rest).size).toBe(37);
  });

  it("a canary that fails is retried on the stable track", () => {
    const patch = { backends: { "eu-central-1-b": { track: "canary" } }, services: { api: { canaryPercent: 100 } } };
    const order = walk(viewOf({ perRegion: 2, patch }), { place: near.frankfurt });
    expect(order.slice(0, 2)).toEqual(["eu-central-1-b", "eu-central-1-a"]);
  });
});
