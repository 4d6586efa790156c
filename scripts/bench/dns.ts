import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import autocannon from "autocannon";
import { z } from "zod";
import { seedRegions } from "../../src/seed/regions.ts";
import { seedTable } from "../../src/seed/seed.ts";
import { seedZone } from "../../src/seed/zone.ts";
import { startWorkerd } from "../world/workerd.ts";
import { queryBytes } from "./dns-query.ts";
import { atLeast, atMost, type Figure, median } from "./report.ts";
import { writeConfig } from "./worker-config.ts";

const ROUNDS = 10;
const ANSWERS = 20_000;
const SIGNED_ANSWERS = 2000;
const SECONDS = 1;
const CONNECTIONS = 16;
const TIMEOUT_MS = 60_000;
/** What the plane is to answer in, bytes in to bytes out, on average. */
const TARGET_MICROS = 100;
/** The same as HTTP has beside a Worker that only forwards. */
const TARGET_RATIO = 0.8;
const DNS_MESSAGE = "application/dns-message";

/** The DNS plane in workerd: an answer by itself, and over HTTPS beside a Worker that only forwards. */
export async function benchDns(): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), "novacron-bench-"));
  const origin = fork(join(import.meta.dirname, "origin.ts"), { stdio: "inherit" });
  const [port] = await once(origin, "message");
  const workerd = startWorkerd({
    configPath: writeConfig(directory, "dns-worker.ts"),
    stateDir: join(directory, "state"),
    bindings: {
      ORIGIN: `http://127.0.0.1:${port}`,
      ADMIN_TOKEN: "b".repeat(32),
      AFFINITY_KEY: "b".repeat(32),
      AUDIT_KEY: "b".repeat(32),
    },
    sockets: ["dns", "bare", "answers", "signatures", "setup"].map((entrypoint) => ({ entrypoint, port: 0 })),
  });
  try {
    const ports = await workerd.ready;
    const urlOf = (entrypoint: string) => `http://127.0.0.1:${ports[entrypoint]}/`;
    await seed(urlOf("setup"));
    return [
      ...(await timeAnswers(urlOf("answers"))),
      ...(await timeSignatures(urlOf("signatures"))),
      ...(await compareThroughput(urlOf("dns"), urlOf("bare"))),
    ];
  } finally {
    await workerd.stop();
    origin.kill();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Clocks in a Worker stand still while it computes, so that many answers are timed from outside. */
async function timeAnswers(url: string): Promise<Figure[]> {
  const value = await microsOf(`${url}?`, ANSWERS);
  const figure = "one answer, unsigned, bytes in to bytes out";
  return [{ bench: "dns", figure, value, unit: "µs", ...atMost(value, TARGET_MICROS) }];
}

/** What is signed already, and names that are not there, whose every denial is signed anew. */
async function timeSignatures(url: string): Promise<Figure[]> {
  const kept = await microsOf(`${url}?kind=kept&`, SIGNED_ANSWERS);
  const made = await microsOf(`${url}?kind=made&`, SIGNED_ANSWERS);
  return [
    { bench: "dns", figure: "one answer, signed before", value: kept, unit: "µs" },
    {
      bench: "dns",
      figure: "one denial, signed anew, beside one signed before",
      value: made,
      baseline: kept,
      unit: "µs",
    },
  ];
}

async function microsOf(url: string, count: number): Promise<number> {
  await answer(url, count);
  const micros: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const idle = await answer(url, 0);
    micros.push(((await answer(url, count)) - idle) * (1000 / count));
  }
  return median(micros);
}

async function answer(url: string, count: number): Promise<number> {
  const startedAt = performance.now();
  const response = await fetch(`${url}count=${count}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const { good } = z.object({ good: z.int() }).parse(await response.json());
  if (good !== count) throw new Error(`${count - good} of ${count} queries were not answered`);
  return performance.now() - startedAt;
}

async function compareThroughput(dnsUrl: string, bareUrl: string): Promise<Figure[]> {
  const dns: number[] = [];
  const bare: number[] = [];
  // The first round warms connections and compilers.
  for (let round = 0; round <= ROUNDS; round++) {
    const pair = [await load(`${dnsUrl}dns-query`), await load(`${bareUrl}api/items?page=1`)] as const;
    if (round === 0) continue;
    dns.push(pair[0]);
    bare.push(pair[1]);
  }
  const ratio = median(dns.map((perSecond, i) => perSecond / (bare[i] ?? Number.NaN)));
  const bench = `dns (autocannon, ${CONNECTIONS} connections, ${ROUNDS} rounds)`;
  return [
    { bench, figure: "DoH throughput", value: median(dns), baseline: median(bare), unit: "req/s" },
    { bench, figure: "DoH throughput, dns / bare", value: ratio, unit: "", ...atLeast(ratio, TARGET_RATIO) },
  ];
}

async function load(url: string): Promise<number> {
  const result = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: SECONDS,
    method: "POST",
    headers: { "Content-Type": DNS_MESSAGE },
    body: Buffer.from(queryBytes("api.novacron.io", 1, [91, 0, 0])),
  });
  if (result.non2xx > 0 || result.errors > 0)
    throw new Error(`${url}: ${result.non2xx} answers were not 2xx, ${result.errors} errors`);
  return result.requests.total / result.duration;
}

/** 13 regions of 4 backends, and the zone of the local world. */
async function seed(url: string): Promise<void> {
  const regions = Object.keys(seedRegions);
  const backends = regions.flatMap((region) =>
    ["a", "b", "c", "d"].map((x) => [`${region}-${x}`, { region, url: "http://127.0.0.1:1" }] as const),
  );
  const body = JSON.stringify({ ...seedTable(Object.fromEntries(backends)), ...seedZone(regions) });
  const response = await fetch(url, { method: "POST", body, signal: AbortSignal.timeout(TIMEOUT_MS) });
  const result = z
    .object({ ok: z.boolean() })
    .loose()
    .parse(await response.json());
  if (!result.ok) throw new Error(`the bench's table was refused: ${JSON.stringify(result)}`);
}
