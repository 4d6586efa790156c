import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seedRegions } from "../../src/seed/regions.ts";
import { seedTable } from "../../src/seed/seed.ts";
import { startWorkerd } from "../world/workerd.ts";
import type { Sending, Sent, Standing } from "./flood-traffic.ts";
import { isolateHeapMb } from "./isolate-heap.ts";
import { workerdMemoryMb } from "./process-memory.ts";
import { atLeast, atMost, type Figure } from "./report.ts";
import { writeConfig } from "./worker-config.ts";

const ADDRESSES = 1_000_000;
/** Of the runs beside it, which say what becomes of requests and not what is kept of addresses. */
const SHORT_ADDRESSES = 200_000;
const AT_A_TIME = 20_000;
/** The isolate's memory is compared between two parts of the flood, each of so many addresses: after this one, and at the end. */
const PART = 200_000;
const GOOD_CLIENTS = 500;
const GOOD_EVERY = 25;
/** What a flood may make an isolate ask of owners of buckets, a second, and how many of them in all. */
const MAX_CALLS_PER_SECOND = 500;
const MAX_OWNERS = 20_000;
/** Of the 128 MB of an isolate, whatever clients send: for rate limits, and for all that the shield remembers. */
const MAX_LIMITS_MB = 8;
const MAX_SHIELD_MB = 100;
/** Of 600,000 addresses: an entry for each would be more. */
const MAX_GROWN_MB = 60;

/**
 * What limits the clients of a run: nothing; the guide's limit, which no address of a flood so wide comes near, together
 * with one so low that many of them seem busy to an isolate that counts in fixed memory; and one that is lower still, by
 * which most do.
 */
const runs = {
  none: { addresses: SHORT_ADDRESSES, limits: { "per-client": null } },
  limited: {
    addresses: ADDRESSES,
    limits: { "per-client": { rate: 10_000, burst: 1000, banAfterSeconds: 3 }, strict: { rate: 20, burst: 20 } },
  },
  low: { addresses: SHORT_ADDRESSES, limits: { "per-client": null, low: { rate: 10, burst: 10 } } },
};
type Run = keyof typeof runs;

interface Result {
  readonly sent: Sent;
  readonly standing: Standing;
  readonly mostLeases: number;
  readonly addresses: number;
  /** Of the isolate, after each sending. */
  readonly heapMb: readonly number[];
  /** Of the whole process; `null` where it cannot be read. */
  readonly processMb: number | null;
}

/** A flood from a million addresses, with good clients in it, through the edge app driven inside workerd. */
export async function benchFlood(): Promise<Figure[]> {
  const results = {} as Record<Run, Result>;
  for (const run of Object.keys(runs) as Run[]) results[run] = await flood(run);
  return figures(results);
}

async function flood(run: Run): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), "novacron-bench-"));
  // For the health checks; what the edge asks its backends is answered within.
  const origin = fork(join(import.meta.dirname, "origin.ts"), { stdio: "inherit" });
  const [port] = await once(origin, "message");
  const secret = "b".repeat(32);
  const workerd = startWorkerd({
    configPath: writeConfig(directory, "flood-worker.ts"),
    stateDir: join(directory, "state"),
    bindings: { ADMIN_TOKEN: secret, AFFINITY_KEY: secret, AUDIT_KEY: secret, AUTH_KEY: secret },
    sockets: ["drive", "setup"].map((entrypoint) => ({ entrypoint, port: 0 })),
    isInspected: true,
  });
  try {
    const ports = await workerd.ready;
    await seed(`http://127.0.0.1:${ports.setup}/`, `http://127.0.0.1:${port}`, run);
    const url = `http://127.0.0.1:${ports.drive}/`;
    const parts: Sent[] = [];
    const heapMb: number[] = [];
    let mostLeases = 0;
    const { addresses } = runs[run];
    for (let from = 0; from < addresses; from += AT_A_TIME) {
      parts.push(await post(url, { from, count: AT_A_TIME, goodClients: GOOD_CLIENTS, goodEvery: GOOD_EVERY }));
      mostLeases = Math.max(mostLeases, (await get(url)).leases);
      heapMb.push(await isolateHeapMb(ports.inspector ?? 0));
    }
    const processMb = workerdMemoryMb(workerd.pid);
    return { addresses, sent: parts.reduce(together), standing: await get(url), mostLeases, heapMb, processMb };
  } finally {
    await workerd.stop();
    origin.kill();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** 13 regions of 4 backends, as `edge` has them. */
async function seed(setupUrl: string, origin: string, run: Run): Promise<void> {
  const backends = Object.keys(seedRegions).flatMap((region) =>
    ["a", "b", "c", "d"].map((x) => [`${region}-${x}`, { region, url: origin }] as const),
  );
  const seeded = seedTable(Object.fromEntries(backends));
  // As a service is unless it asks otherwise; only the local world's shows its decisions and traces each request.
  const { exposeDecision: _shown, tracePercent: _traced, ...api } = seeded.services.api;
  const body = JSON.stringify({ ...seeded, services: { api }, limits: runs[run].limits });
  const response = await fetch(setupUrl, { method: "POST", body, signal: AbortSignal.timeout(10_000) });
  const result = (await response.json()) as { ok: boolean };
  if (!result.ok) throw new Error(`the bench's table was refused: ${JSON.stringify(result)}`);
}

async function post(url: string, sending: Sending): Promise<Sent> {
  const body = JSON.stringify(sending);
  const response = await fetch(url, { method: "POST", body, signal: AbortSignal.timeout(120_000) });
  if (!response.ok) throw new Error(`the flood broke off: ${await response.text()}`);
  return (await response.json()) as Sent;
}

const get = async (url: string): Promise<Standing> =>
  (await (await fetch(url, { signal: AbortSignal.timeout(10_000) })).json()) as Standing;

const together = (a: Sent, b: Sent): Sent => ({
  flood: sum(a.flood, b.flood),
  good: sum(a.good, b.good),
  tookMs: a.tookMs + b.tookMs,
});

function sum(a: Sent["flood"], b: Sent["flood"]): Sent["flood"] {
  const statuses = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...statuses].map((status) => [status, (a[status] ?? 0) + (b[status] ?? 0)]));
}

function figures({ none, limited, low }: Record<Run, Result>): Figure[] {
  const bench = "flood (1,000,000 addresses, edge app driven inside workerd, backends within)";
  const { sent, standing, mostLeases, heapMb, processMb } = limited;
  const good = successPercent(sent.good);
  const goodAtLow = successPercent(low.sent.good);
  const ownerCalls = perSecond(limited, standing.calls.limiter);
  const { maxBytes } = standing;
  const limitsMb = maxBytes.limits / 2 ** 20;
  const shieldMb = Object.values(maxBytes).reduce((sum, bytes) => sum + bytes) / 2 ** 20;
  console.log(`flood: heap of the isolate by 100,000 addresses, MB: ${everyFifth(heapMb).join(" ")}`);
  const grown = Math.min(...heapMb.slice(-SENDINGS)) - Math.min(...heapMb.slice(SENDINGS, 2 * SENDINGS));
  const figure = (name: string, value: number, unit: string, rest: Partial<Figure> = {}): Figure => ({
    bench,
    figure: name,
    value,
    unit,
    ...rest,
  });
  const rows = [
    figure("good clients served", good, "%", { baseline: successPercent(none.sent.good), ...atLeast(good, 99.9) }),
    figure("good clients served, limit of 10/s", goodAtLow, "%", atLeast(goodAtLow, 99.9)),
    figure("flood let pass", successPercent(sent.flood), "%", { baseline: successPercent(none.sent.flood) }),
    figure("addresses", perSecond(limited, limited.addresses), "/s", { baseline: perSecond(none, none.addresses) }),
    figure("calls to owners of buckets", ownerCalls, "/s", atMost(ownerCalls, MAX_CALLS_PER_SECOND)),
    figure("owners asked", standing.owners, "", { baseline: ADDRESSES, ...atMost(standing.owners, MAX_OWNERS) }),
    figure("calls to other objects", perSecond(limited, otherCalls(limited)), "/s", {
      baseline: perSecond(none, otherCalls(none)),
    }),
    figure("keys borrowed for at a time", mostLeases, ""),
    figure("memory for rate limits, at the very most", limitsMb, "MB", atMost(limitsMb, MAX_LIMITS_MB)),
    figure("memory for all of the shield, at the very most", shieldMb, "MB", atMost(shieldMb, MAX_SHIELD_MB)),
    figure("heap of the isolate and the owners in it", Math.min(...heapMb.slice(-SENDINGS)), "MB"),
    figure("of it, grown in 600,000 addresses", grown, "MB", atMost(grown, MAX_GROWN_MB)),
  ];
  if (processMb !== null) rows.push(figure("memory of workerd with its storage", processMb, "MB"));
  return rows;
}

const SENDINGS = PART / AT_A_TIME;
const everyFifth = (values: readonly number[]): string[] =>
  values.filter((_, i) => i % 5 === 4).map((value) => value.toFixed(0));
const perSecond = ({ sent }: Result, count: number): number => (count * 1000) / sent.tookMs;
const otherCalls = ({ standing: { calls } }: Result): number => calls.table + calls.observer;

function successPercent(statuses: Sent["good"]): number {
  const total = Object.values(statuses).reduce((all, count) => all + count, 0);
  return (100 * (statuses[200] ?? 0)) / total;
}
