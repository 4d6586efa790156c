import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import autocannon from "autocannon";
import { seedRegions } from "../../src/seed/regions.ts";
import { seedTable } from "../../src/seed/seed.ts";
import { startWorkerd } from "../world/workerd.ts";
import { workerdCpuMs } from "./process-time.ts";
import { atLeast, atMost, type Figure, median } from "./report.ts";
import { writeConfig } from "./worker-config.ts";

/** Rounds alternate between the variants, so that the machine's moods fall on all of them alike. */
const ROUNDS = 32;
const SECONDS = 1;
/** Each is asked for so long before: connections are made, and the compilers have done what they will do. */
const WARM_SECONDS = 10;
const CONNECTIONS = 16;
/** Object calls are counted over so long without a break, once the edge is warm: what has waited in a pause is not steady. */
const STEADY_SECONDS = 10;
const VARIANTS = ["bare", "dressed", "edge", "object"] as const;
type Variant = (typeof VARIANTS)[number];
/**
 * Each follows each other one equally often, since it also clears up what the one before has left in memory (Williams,
 * "Experimental designs balanced for the estimation of residual effects of treatments", 1949).
 */
const WILLIAMS = [0, 1, 3, 2] as const;

/** Clients in Frankfurt, as Cloudflare describes them; each connection is one with an address of its own. */
const HEADERS = {
  "MF-CF-Blob": JSON.stringify({
    country: "DE",
    continent: "EU",
    colo: "FRA",
    latitude: "50.1",
    longitude: "8.7",
    asn: 3320,
  }),
};

interface Sample {
  readonly perSecond: number;
  readonly p99Ms: number;
  readonly cpuMicros: number | null;
}

/** The pipeline against a Worker that only forwards, one that sets the same header fields, and one that asks an object each time. */
export async function benchEdge(): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), "novacron-bench-"));
  const origin = fork(join(import.meta.dirname, "origin.ts"), { stdio: "inherit" });
  const [port] = await once(origin, "message");
  const ORIGIN = `http://127.0.0.1:${port}`;
  const workerd = startWorkerd({
    configPath: writeConfig(directory, "edge-worker.ts"),
    stateDir: join(directory, "state"),
    bindings: {
      ORIGIN,
      ADMIN_TOKEN: "b".repeat(32),
      AFFINITY_KEY: "b".repeat(32),
      AUDIT_KEY: "b".repeat(32),
      AUTH_KEY: "b".repeat(32),
    },
    sockets: [...VARIANTS, "setup"].map((entrypoint) => ({ entrypoint, port: 0 })),
  });
  try {
    const ports = await workerd.ready;
    const setupUrl = `http://127.0.0.1:${ports.setup}/`;
    await seed(setupUrl, ORIGIN);
    const urlOf = (variant: Variant) => `http://127.0.0.1:${ports[variant]}/api/items?page=1`;
    const samples: Record<Variant, Sample[]> = { bare: [], dressed: [], edge: [], object: [] };
    for (const variant of VARIANTS) await load(urlOf(variant), WARM_SECONDS, workerd.pid);
    for (let round = 0; round < ROUNDS; round++) {
      const order = WILLIAMS.map((i) => VARIANTS[(i + round) % VARIANTS.length] as Variant);
      for (const variant of order) {
        const { sample } = await load(urlOf(variant), SECONDS, workerd.pid);
        samples[variant].push(sample);
      }
    }
    await load(urlOf("edge"), SECONDS, workerd.pid);
    const callsBefore = await objectCalls(setupUrl);
    const { requests } = await load(urlOf("edge"), STEADY_SECONDS, workerd.pid);
    const calls = (await objectCalls(setupUrl)) - callsBefore;
    return figures(samples, { calls, requests });
  } finally {
    await workerd.stop();
    origin.kill();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** 13 regions of 4 backends, all of them the one origin. */
async function seed(setupUrl: string, url: string): Promise<void> {
  const backends = Object.keys(seedRegions).flatMap((region) =>
    ["a", "b", "c", "d"].map((x) => [`${region}-${x}`, { region, url }] as const),
  );
  const seeded = seedTable(Object.fromEntries(backends));
  // As a service is unless it asks otherwise; only the local world's shows its decisions and traces each request.
  const { exposeDecision: _shown, tracePercent: _traced, ...api } = seeded.services.api;
  // Every part of the shield is on: limits, classes, and what is on by itself.
  const limits = { ...seeded.limits, logins: { pathPrefix: "/login", rate: 10, burst: 10 } };
  const shaping = { rules: [{ pathPrefix: "/reports", class: "bulk" }] };
  const body = JSON.stringify({ ...seeded, limits, services: { api: { ...api, shaping } } });
  const response = await fetch(setupUrl, { method: "POST", body, signal: AbortSignal.timeout(10_000) });
  const result = (await response.json()) as { ok: boolean };
  if (!result.ok) throw new Error(`the bench's table was refused: ${JSON.stringify(result)}`);
}

async function objectCalls(setupUrl: string): Promise<number> {
  const response = await fetch(setupUrl, { signal: AbortSignal.timeout(10_000) });
  return ((await response.json()) as { objectCalls: number }).objectCalls;
}

async function load(url: string, seconds: number, group: number): Promise<{ sample: Sample; requests: number }> {
  const cpuBefore = workerdCpuMs(group);
  let clients = 0;
  const result = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: seconds,
    setupClient: (client) => {
      clients += 1;
      client.setHeaders({ ...HEADERS, "CF-Connecting-IP": `203.0.113.${clients}` });
    },
  });
  const cpuAfter = workerdCpuMs(group);
  const requests = result.requests.total;
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${url}: ${result.non2xx} answers were not 2xx, ${result.errors} errors`);
  }
  const cpuMicros = cpuBefore === null || cpuAfter === null ? null : ((cpuAfter - cpuBefore) * 1000) / requests;
  return { sample: { perSecond: requests / result.duration, p99Ms: result.latency.p99, cpuMicros }, requests };
}

function figures(
  samples: Record<Variant, Sample[]>,
  steady: { readonly calls: number; readonly requests: number },
): Figure[] {
  const callsPerMillion = (steady.calls / steady.requests) * 1_000_000;
  const bench = `edge (autocannon, ${CONNECTIONS} connections, ${ROUNDS} rounds)`;
  const of = (variant: Variant, pick: (sample: Sample) => number) => median(samples[variant].map(pick));
  const ratio = (variant: Variant, pick: (sample: Sample) => number) =>
    median(samples[variant].map((sample, i) => pick(sample) / pick(samples.bare[i] as Sample)));
  const perSecond = (sample: Sample) => sample.perSecond;
  const p99 = (sample: Sample) => sample.p99Ms;
  const cpu = (sample: Sample) => sample.cpuMicros ?? Number.NaN;
  const throughput = ratio("edge", perSecond);
  const tail = ratio("edge", p99);
  const rows: Figure[] = [
    { bench, figure: "throughput", value: of("edge", perSecond), baseline: of("bare", perSecond), unit: "req/s" },
    { bench, figure: "throughput, edge / bare", value: throughput, unit: "", ...atLeast(throughput, 0.8) },
    { bench, figure: "p99", value: of("edge", p99), baseline: of("bare", p99), unit: "ms" },
    { bench, figure: "p99, edge / bare", value: tail, unit: "", ...atMost(tail, 1.3) },
    { bench, figure: "throughput with the header fields alone / bare", value: ratio("dressed", perSecond), unit: "" },
    { bench, figure: "throughput with an object call each / bare", value: ratio("object", perSecond), unit: "" },
    { bench, figure: "object calls", value: steady.calls / STEADY_SECONDS, unit: "1/s" },
    {
      bench,
      figure: "object calls per million requests",
      value: callsPerMillion,
      baseline: 1_000_000,
      unit: "",
      ...atMost(callsPerMillion, 2000),
    },
  ];
  if (samples.bare.every(({ cpuMicros }) => cpuMicros !== null)) {
    rows.push(
      { bench, figure: "processor time of workerd", value: of("edge", cpu), baseline: of("bare", cpu), unit: "µs/req" },
      { bench, figure: "processor time, edge / bare", value: ratio("edge", cpu), unit: "" },
      { bench, figure: "processor time, header fields alone / bare", value: ratio("dressed", cpu), unit: "" },
      { bench, figure: "processor time, object call each / bare", value: ratio("object", cpu), unit: "" },
    );
  }
  return rows;
}
