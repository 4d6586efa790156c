import { join } from "node:path";
import { z } from "zod";
import { Random } from "../../src/base/random.ts";
import { seedRegions } from "../../src/seed/regions.ts";
import { seedTable } from "../../src/seed/seed.ts";
import { MAX_CHANGES } from "../../src/table/limits.ts";
import { startIsolates } from "./isolates.ts";
import { atMost, type Figure, median } from "./report.ts";

const ISOLATES = 8;
const NETWORKS = 100_000;
const BACKENDS = 1000;
const PUBLISHES = 40;
const PARSES = 10;
/** How often an isolate has a request while a change is on its way to it. */
const REQUEST_EVERY_MS = 10;
const REQUEST_TIMEOUT_MS = 60_000;
/** The guarantee of ARCHITECTURE.md. */
const PUBLISH_TARGET_MS = 2000;

const bench = `snapshot (${ISOLATES} isolates of one workerd)`;
const parseSchema = z.object({
  totalMs: z.number(),
  longestMs: z.number(),
  networks: z.int().min(NETWORKS - PARSES),
  epoch: z.int(),
});
type Parse = z.infer<typeof parseSchema>;

/** How a table of 100,000 networks and 1,000 backends with verdicts comes to the edges. */
export async function benchSnapshot(): Promise<Figure[]> {
  const isolates = await startIsolates(ISOLATES, {
    entry: join(import.meta.dirname, "snapshot-worker.ts"),
    doors: ["edge", "parsing"],
    objects: { ROUTING_TABLE: "RoutingTable", HEALTH_MONITOR: "HealthMonitor" },
  });
  try {
    const networks = await fill(isolates.setup);
    // The first in an isolate runs before anything there is compiled.
    const first: Parse[] = [];
    for (const { parsing } of isolates.edges) first.push(await parse(`${parsing}whole`));
    const [door = ""] = isolates.edges.map(({ parsing }) => parsing);
    const warm: Parse[] = [];
    for (let i = 0; i < PARSES; i++) warm.push(await parse(`${door}whole`));
    const old = await parse(`${door}at-once`);
    const deltas = await removeAddresses(isolates.setup, door, networks.slice(0, PARSES));
    const sizes = await weighDelta(isolates.setup);
    const edges = isolates.edges.map(({ edge }) => edge);
    const delays = await publishAndWait(isolates.setup, edges);
    return figures({ first, warm, old, deltas, sizes, delays });
  } finally {
    await isolates.dispose();
  }
}

interface Measured {
  readonly first: readonly Parse[];
  readonly warm: readonly Parse[];
  readonly old: Parse;
  readonly deltas: readonly Parse[];
  readonly sizes: Sizes;
  readonly delays: readonly number[];
}

function figures({ first, warm, old, deltas, sizes, delays }: Measured): Figure[] {
  const total = median(first.map(({ totalMs }) => totalMs));
  const longest = Math.max(...first.map(({ longestMs }) => longestMs));
  const sorted = [...delays].sort((a, b) => a - b);
  const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN;
  const baseline = old.totalMs;
  return [
    { bench, figure: "publish to edge, p50", value: median(delays), unit: "ms" },
    { bench, figure: "publish to edge, p99", value: p99, unit: "ms", ...atMost(p99, PUBLISH_TARGET_MS) },
    {
      bench,
      figure: "one weight changed",
      value: sizes.delta,
      baseline: sizes.rules,
      unit: "bytes",
      ...atMost(sizes.delta, 1024),
    },
    { bench, figure: "the whole table", value: sizes.whole, baseline: sizes.rules, unit: "bytes" },
    { bench, figure: "table ready, first in an isolate", value: total, baseline, unit: "ms", ...atMost(total, 50) },
    {
      bench,
      figure: `table ready, first in an isolate: longest block of ${first.length}`,
      value: longest,
      baseline,
      unit: "ms",
      ...atMost(longest, 5),
    },
    ...timesOf("table ready, again", warm, baseline),
    ...timesOf("one address fewer ready", deltas, baseline),
  ];
}

function timesOf(figure: string, parses: readonly Parse[], baseline: number): Figure[] {
  const total = median(parses.map(({ totalMs }) => totalMs));
  const longest = Math.max(...parses.map(({ longestMs }) => longestMs));
  return [
    { bench, figure, value: total, baseline, unit: "ms" },
    {
      bench,
      figure: `${figure}: longest block of ${parses.length}`,
      value: longest,
      baseline,
      unit: "ms",
      ...atMost(longest, 5),
    },
  ];
}

async function fill(setup: string): Promise<readonly string[]> {
  const regions = Object.keys(seedRegions);
  const backends = Array.from({ length: BACKENDS }, (_, i) => {
    const region = regions[i % regions.length] ?? "";
    return [`${region}-${i}`, { region, url: `http://10.0.${i >> 8}.${i & 255}:8080` }] as const;
  });
  await post(setup, seedTable(Object.fromEntries(backends)));
  const networks = randomNetworks();
  for (let from = 0; from < NETWORKS; from += MAX_CHANGES) {
    const rules = networks.slice(from, from + MAX_CHANGES).map((cidr) => [cidr, rule] as const);
    await post(setup, { blacklist: Object.fromEntries(rules) });
  }
  await post(`${setup}report`, Object.fromEntries(backends));
  return networks;
}

const rule = { reason: "flood of requests, found by the bench", createdAt: 1_700_000_000_000, expiresAt: null };

/** A quarter of them v6. */
function randomNetworks(): string[] {
  const random = new Random([4, 5, 6]);
  const networks = new Set<string>();
  while (networks.size < NETWORKS) {
    const word = random.word();
    const v4 = [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255].join(".");
    // The first group of digits keeps clear of runs of zeros, which the canonical form would shorten.
    const v6 = `2001:${(0x1000 + (word >>> 20)).toString(16)}:${(0x1000 + (word & 0xfff)).toString(16)}::/48`;
    networks.add(networks.size % 4 === 0 ? v6 : `${v4}.0/24`);
  }
  return [...networks];
}

interface Sizes {
  readonly delta: number;
  readonly whole: number;
  readonly rules: number;
}

/** One address fewer, each time, at an isolate that has the others: the list is full. */
async function removeAddresses(setup: string, door: string, networks: readonly string[]): Promise<Parse[]> {
  const deltas: Parse[] = [];
  let { epoch } = await parse(`${door}whole`);
  for (const network of networks) {
    await post(setup, { blacklist: { [network]: null } });
    const delta = await parse(`${door}delta?have=${epoch}`);
    deltas.push(delta);
    epoch = delta.epoch;
  }
  return deltas;
}

async function weighDelta(setup: string): Promise<Sizes> {
  const before = await post(setup, weight(90));
  await post(setup, weight(80));
  const bytes = async (query: string) => z.object({ bytes: z.int() }).parse(await get(setup + query)).bytes;
  return {
    delta: await bytes(`?have=${before}`),
    whole: await bytes("?scope=routing"),
    rules: await bytes("?scope=rules"),
  };
}

const weight = (value: number) => ({ regions: { "eu-central-1": { weight: value } } });

/** From the answer that a change is made until each isolate has it, for many changes, while all have requests. */
async function publishAndWait(setup: string, edges: readonly string[]): Promise<number[]> {
  for (const edge of edges) await epochAt(edge);
  const delays: number[] = [];
  const random = new Random([7, 8, 9]);
  for (let i = 0; i < PUBLISHES; i++) {
    await Promise.all(edges.map((edge) => keepBusy(edge, random.unit() * 1000)));
    const epoch = await post(setup, weight(1 + i));
    const publishedAt = performance.now();
    const arrivals = edges.map(async (edge) => {
      while ((await epochAt(edge)) < epoch) await sleep(REQUEST_EVERY_MS);
      return performance.now() - publishedAt;
    });
    delays.push(...(await Promise.all(arrivals)));
  }
  return delays;
}

/** Requests for so long, so that changes come at any time within the isolates' intervals. */
async function keepBusy(edge: string, forMs: number): Promise<void> {
  for (const until = performance.now() + forMs; performance.now() < until; await sleep(REQUEST_EVERY_MS))
    await epochAt(edge);
}

async function epochAt(edge: string): Promise<number> {
  const health = await get(`${edge}.well-known/novacron/health`);
  return z.object({ epoch: z.int().nullable() }).parse(health).epoch ?? -1;
}

const parse = async (url: string): Promise<Parse> => parseSchema.parse(await get(url));

async function post(url: string, patch: object): Promise<number> {
  const response = await fetch(url, { method: "POST", body: JSON.stringify(patch), signal: timeout() });
  const reply: unknown = await response.json();
  if (!response.ok) throw new Error(`the bench's table was refused: ${JSON.stringify(reply).slice(0, 1000)}`);
  return z.object({ epoch: z.int() }).parse(reply).epoch;
}

async function get(url: string): Promise<unknown> {
  return (await fetch(url, { signal: timeout() })).json();
}

const timeout = () => AbortSignal.timeout(REQUEST_TIMEOUT_MS);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
