import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seedRegions } from "../../src/seed/regions.ts";
import { seedTable } from "../../src/seed/seed.ts";
import { startWorkerd } from "../world/workerd.ts";
import type { Sending, Sent, Standing } from "./flood-traffic.ts";
import { workerdMemoryMb } from "./process-memory.ts";
import { atLeast, atMost, type Figure } from "./report.ts";
import { writeConfig } from "./worker-config.ts";

const ADDRESSES = 1_000_000;
const AT_A_TIME = 20_000;
/** What an isolate needs for itself, and what its memory has when the flood goes on, are told apart by a first part. */
const WARM = 100_000;
const GOOD_CLIENTS = 500;
const GOOD_EVERY = 25;
/** Objects that new keys may make an isolate ask, a second: what is asked of them goes on for a moment. */
const MAX_CALLS_PER_SECOND = 500;

/** What limits the clients of a run, and what it is called. */
const runs = {
  none: {},
  guide: { "per-client": { rate: 10_000, burst: 1000, banAfterSeconds: 3 } },
  strict: { "per-client": { rate: 100, burst: 100, banAfterSeconds: 3 } },
};
type Run = keyof typeof runs;

interface Result {
  readonly sent: Sent;
  readonly standing: Standing;
  readonly mostLeases: number;
  readonly memoryMb: { readonly warm: number; readonly after: number } | null;
}

/** A flood from a million addresses, with good clients in it, through the edge app driven inside workerd. */
export async function benchFlood(): Promise<Figure[]> {
  const results = {} as Record<Run, Result>;
  for (const run of Object.keys(runs) as Run[]) results[run] = await flood(run);
  return figures(results);
}

async function flood(run: Run): Promise<Result> {
  const directory = mkdtempSync(join(tmpdir(), "novacron-bench-"));
  const secret = "b".repeat(32);
  const workerd = startWorkerd({
    configPath: writeConfig(directory, "flood-worker.ts"),
    stateDir: join(directory, "state"),
    bindings: { ADMIN_TOKEN: secret, AFFINITY_KEY: secret, AUDIT_KEY: secret, AUTH_KEY: secret },
    sockets: ["drive", "setup"].map((entrypoint) => ({ entrypoint, port: 0 })),
  });
  try {
    const ports = await workerd.ready;
    await seed(`http://127.0.0.1:${ports.setup}/`, run);
    const url = `http://127.0.0.1:${ports.drive}/`;
    const parts: Sent[] = [];
    let mostLeases = 0;
    let warm: number | null = null;
    for (let from = 0; from < ADDRESSES; from += AT_A_TIME) {
      parts.push(await post(url, { from, count: AT_A_TIME, goodClients: GOOD_CLIENTS, goodEvery: GOOD_EVERY }));
      mostLeases = Math.max(mostLeases, (await get(url)).limits.leases);
      if (from < WARM) warm = workerdMemoryMb(workerd.pid);
    }
    const after = workerdMemoryMb(workerd.pid);
    const memoryMb = warm === null || after === null ? null : { warm, after };
    return { sent: parts.reduce(together), standing: await get(url), mostLeases, memoryMb };
  } finally {
    await workerd.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** 13 regions of 4 backends, as `edge` has them. */
async function seed(setupUrl: string, run: Run): Promise<void> {
  const backends = Object.keys(seedRegions).flatMap((region) =>
    ["a", "b", "c", "d"].map((x) => [`${region}-${x}`, { region, url: "http://127.0.0.1:9" }] as const),
  );
  const seeded = seedTable(Object.fromEntries(backends));
  // As a service is unless it asks otherwise; only the local world's shows its decisions and traces each request.
  const { exposeDecision: _shown, tracePercent: _traced, ...api } = seeded.services.api;
  const body = JSON.stringify({ ...seeded, services: { api }, limits: runs[run] });
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

function figures(results: Record<Run, Result>): Figure[] {
  const bench = "flood (1,000,000 addresses, edge app driven inside workerd, backends within)";
  const figuresOf = (run: Exclude<Run, "none">): Figure[] => {
    const { sent, standing, mostLeases, memoryMb } = results[run];
    const base = results.none;
    const limit = `${runs[run]["per-client"].rate.toLocaleString("en")}/s an address`;
    const good = successPercent(sent.good);
    const seconds = sent.tookMs / 1000;
    const callsPerSecond = standing.calls.limiter / seconds;
    const { maxBytes } = standing.limits;
    const rows: Figure[] = [
      {
        bench,
        figure: `${limit}: good clients served`,
        value: good,
        baseline: successPercent(base.sent.good),
        unit: "%",
        ...atLeast(good, 99.9),
      },
      { bench, figure: `${limit}: flood let pass`, value: successPercent(sent.flood), unit: "%" },
      {
        bench,
        figure: `${limit}: requests`,
        value: ADDRESSES / seconds,
        baseline: ADDRESSES / (base.sent.tookMs / 1000),
        unit: "req/s",
      },
      {
        bench,
        figure: `${limit}: calls to owners of buckets`,
        value: callsPerSecond,
        unit: "/s",
        ...atMost(callsPerSecond, MAX_CALLS_PER_SECOND),
      },
      { bench, figure: `${limit}: owners asked`, value: standing.owners, baseline: ADDRESSES, unit: "" },
      {
        bench,
        figure: `${limit}: calls to other objects`,
        value: otherCalls(standing) / seconds,
        baseline: otherCalls(base.standing) / (base.sent.tookMs / 1000),
        unit: "/s",
      },
      { bench, figure: `${limit}: keys borrowed for at a time, most`, value: mostLeases, unit: "" },
      {
        bench,
        figure: `${limit}: memory for limits, at the very most`,
        value: maxBytes / 2 ** 20,
        unit: "MB",
        ...atMost(maxBytes / 2 ** 20, 4),
      },
    ];
    if (memoryMb && base.memoryMb) {
      const grown = memoryMb.after - memoryMb.warm;
      rows.push(
        {
          bench,
          figure: `${limit}: memory of workerd`,
          value: memoryMb.after,
          baseline: base.memoryMb.after,
          unit: "MB",
        },
        {
          bench,
          figure: `${limit}: grown since a tenth of it`,
          value: grown,
          baseline: base.memoryMb.after - base.memoryMb.warm,
          unit: "MB",
          ...atMost(grown, 64),
        },
      );
    }
    return rows;
  };
  return [...figuresOf("guide"), ...figuresOf("strict")];
}

const otherCalls = ({ calls }: Standing): number => calls.table + calls.observer;

function successPercent(statuses: Sent["good"]): number {
  const total = Object.values(statuses).reduce((all, count) => all + count, 0);
  return (100 * (statuses[200] ?? 0)) / total;
}
