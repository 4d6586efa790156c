import { parseIp } from "../../src/base/ip.ts";
import { Random } from "../../src/base/random.ts";
import { decide } from "../../src/routing/decide.ts";
import { screen } from "../../src/shield/screen.ts";
import type { PolicyKind } from "../../src/table/policy.ts";
import { testRequest, testSnapshot, testTable, testView } from "../../test/fakes/world.ts";
import { atLeast, atMost, type Figure, median } from "./report.ts";

const POLICIES: readonly PolicyKind[] = [
  "latency",
  "weighted",
  "geo",
  "failover",
  "round-robin",
  "least-outstanding",
  "hash",
];
const ROUNDS = 9;
const DECISIONS = 200_000;
/** As many places as Cloudflare has colos, so that plans are shared as they would be there. */
const PLACES = 330;
const NETWORKS = 100_000;

/** Decisions with 13 regions of 4 backends, by policy, on one core; and look-ups among 100,000 networks. */
export function benchDecide(): Promise<Figure[]> {
  return Promise.resolve([...POLICIES.flatMap(benchPolicy), ...benchBlacklist()]);
}

function benchPolicy(policy: PolicyKind): Figure[] {
  const random = new Random([1, 2, 3]);
  const table = testTable({ perRegion: 4, patch: { services: { api: { policy } } } });
  const snapshot = testSnapshot(table);
  const requests = Array.from({ length: 4096 }, (_, i) => {
    const place = Math.floor(random.unit() * PLACES);
    const latitude = ((place * 37) % 120) - 50;
    const longitude = ((place * 101) % 360) - 180;
    const ip = `198.51.${i >> 8}.${i & 255}`;
    return testRequest(snapshot, "api", { ip, place: { country: "CN", latitude, longitude } });
  }).filter((request) => request !== null);

  const view = testView(snapshot);
  let chosen = 0;
  const run = (count: number): number => {
    const startedAt = performance.now();
    for (let i = 0; i < count; i++) {
      const request = requests[i & 4095];
      if (request && decide(view, request, i, random.unit()).kind === "chosen") chosen += 1;
    }
    return (count / (performance.now() - startedAt)) * 1000;
  };
  run(DECISIONS);
  const perSecond = median(Array.from({ length: ROUNDS }, () => run(DECISIONS)));

  // What the first request from a place costs after each change of the table.
  const cold = median(
    Array.from({ length: ROUNDS }, () => {
      const startedAt = performance.now();
      for (const request of requests.slice(0, PLACES)) {
        view.plans.clear();
        decide(view, request, 0, 0.5);
      }
      return ((performance.now() - startedAt) * 1000) / PLACES;
    }),
  );
  if (chosen === 0) throw new Error(`no decision under ${policy} chose a backend`);
  return [
    { bench: "decide", figure: policy, value: perSecond, unit: "decisions/s", ...atLeast(perSecond, 300_000) },
    { bench: "decide", figure: `${policy}, without a plan`, value: cold, unit: "µs" },
  ];
}

function benchBlacklist(): Figure[] {
  const random = new Random([4, 5, 6]);
  const rule = { reason: "bench", createdAt: 0, expiresAt: null };
  const blacklist = new Map<string, typeof rule>();
  while (blacklist.size < NETWORKS) {
    const word = random.word();
    const v4 = [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255].join(".");
    const v6 = `2001:${(word >>> 16).toString(16)}:${(word & 0xffff).toString(16)}::/48`;
    blacklist.set(blacklist.size % 4 === 0 ? v6 : `${v4}.0/24`, rule);
  }
  const compileStartedAt = performance.now();
  const snapshot = testSnapshot({ ...testTable(), blacklist });
  const compileMs = performance.now() - compileStartedAt;
  const request = testRequest({ ...snapshot, blacklist: testSnapshot(testTable()).blacklist }, "api");
  const clients = Array.from({ length: 4096 }, () => {
    const word = random.word();
    const bytes = [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255];
    return parseIp((word & 3) === 0 ? `2001:${(word >>> 16).toString(16)}::1` : bytes.join("."));
  }).filter((ip) => ip !== undefined);
  if (!request) throw new Error("no request");
  const facts = clients.map((client) => ({ ...request.facts, client }));
  let blocked = 0;
  const run = (count: number): number => {
    const startedAt = performance.now();
    for (let i = 0; i < count; i++) {
      const each = facts[i & 4095];
      if (each && screen(snapshot, each, 0).kind === "blocked") blocked += 1;
    }
    return ((performance.now() - startedAt) * 1000) / count;
  };
  run(1_000_000);
  const micros = median(Array.from({ length: ROUNDS }, () => run(1_000_000)));
  if (blocked === 0) throw new Error("no look-up found anything");
  return [
    {
      bench: "decide",
      figure: `screen, ${NETWORKS.toLocaleString("en")} networks`,
      value: micros,
      unit: "µs",
      ...atMost(micros, 1),
    },
    { bench: "decide", figure: "compile those networks", value: compileMs, unit: "ms" },
  ];
}
