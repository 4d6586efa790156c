import { join } from "node:path";
import { z } from "zod";
import { Random } from "../../src/base/random.ts";
import { Lender } from "../../src/shield/limit/lender.ts";
import { Limits } from "../../workers/edge/limits.ts";
import { type Isolates, startIsolates } from "./isolates.ts";
import { benchRedis, type RedisRun } from "./redis-limiter.ts";
import { atMost, type Figure, median } from "./report.ts";

const ISOLATES = 4;
const RATE = 10_000;
const BURST = 1000;
/** Of all isolates together. */
const OFFERED = 20_000;
const SECONDS = 8;
/** Until all isolates are at their loops. */
const LEAD_MS = 300;
const TIMEOUT_MS = 60_000;
const NODE_REQUESTS = 100_000;

/** Two processor cores have no 20,000 HTTP requests a second in them: the loops run inside the isolates. */
const bench = `limiter (${ISOLATES} isolates of one workerd, loops inside them, ${OFFERED} offered against ${RATE} a second)`;

const runSchema = z.object({
  offered: z.array(z.number()),
  admitted: z.array(z.number()),
  objectCalls: z.array(z.number()),
  micros: z.array(z.number()),
  busyMs: z.number(),
});
type Run = z.infer<typeof runSchema>;
type Design = "leased" | "asked" | "none";

/** One client's requests at four isolates: by leases, by asking an object each time, and by a Redis each time. */
export async function benchLimiter(): Promise<Figure[]> {
  const isolates = await startIsolates(ISOLATES, {
    entry: join(import.meta.dirname, "limiter-worker.ts"),
    doors: ["load"],
    objects: { RATE_LIMITER: "RateLimiter", MITIGATOR: "Mitigator", PLAIN_BUCKET: "PlainBucket" },
  });
  try {
    // Compilers warm up on another bucket.
    await drive(isolates, "none", "warm", 1);
    await drive(isolates, "leased", "warm", 2);
    const none = await drive(isolates, "none", "none", 3);
    const leased = await drive(isolates, "leased", "measured", SECONDS);
    const asked = await drive(isolates, "asked", "plain", 4);
    const redis = await benchRedis({ clients: ISOLATES, rate: RATE, perSecond: OFFERED / ISOLATES, seconds: 4 });
    const rows = [
      ...figuresOfLeases(leased, none),
      ...(await figuresOfNode()),
      ...figuresOf("an object asked each time", asked),
    ];
    if (redis === null) {
      console.log("limiter: no redis-server is installed, rate-limiter-flexible was skipped");
      return rows;
    }
    return [...rows, ...figuresOf("rate-limiter-flexible over Redis", redis)];
  } finally {
    await isolates.dispose();
  }
}

function figuresOfLeases(run: Run, none: Run): Figure[] {
  const perSecond = run.admitted.slice(1);
  console.log(`limiter: admitted by second: ${run.admitted.join(" ")}`);
  const offBy = Math.max(...perSecond.map((admitted) => Math.abs(admitted - RATE) / RATE)) * 100;
  const calls = median(run.objectCalls.slice(1));
  const added = microsOf(run) - microsOf(none);
  return [
    { bench, figure: "offered", value: median(run.offered.slice(1)), unit: "req/s" },
    { bench, figure: "admitted", value: median(perSecond), baseline: RATE, unit: "req/s" },
    { bench, figure: "admitted in the first second", value: run.admitted[0] ?? 0, baseline: RATE + BURST, unit: "" },
    { bench, figure: "furthest second from the limit", value: offBy, unit: "%", ...atMost(offBy, 2) },
    { bench, figure: "object calls", value: calls, baseline: OFFERED, unit: "1/s", ...atMost(calls, 40) },
    { bench, figure: "added to a request, mean", value: added, unit: "µs", ...atMost(added, 20) },
  ];
}

const microsOf = ({ busyMs, offered }: Run): number => (busyMs * 1000) / offered.reduce((sum, each) => sum + each, 0);

/** The clock of workerd counts milliseconds; Node's says what single requests take, by the same code on simulated time. */
async function figuresOfNode(): Promise<Figure[]> {
  const figures = async (client: string, perSecond: number): Promise<Figure[]> => {
    const micros = await timeInNode(perSecond);
    const p50 = quantile(micros, 0.5);
    const figure = `added to a request, in Node, ${client} client`;
    return [
      { bench, figure: `${figure}, p50`, value: p50, unit: "µs", ...atMost(p50, 20) },
      { bench, figure: `${figure}, p99`, value: quantile(micros, 0.99), unit: "µs" },
    ];
  };
  return [...(await figures("busy", OFFERED / ISOLATES)), ...(await figures("quiet", RATE / 100))];
}

/** Microseconds of each request of one client at one isolate, with the bucket's owner in the same process. */
async function timeInNode(perSecond: number): Promise<number[]> {
  let now = Date.now();
  const spec = { rate: RATE, periodSeconds: 1, burst: BURST };
  const lender = new Lender(spec, now);
  const limits = new Limits({
    limiter: () => ({ ask: async (ask) => lender.ask(ask, now) }),
    random: new Random([1, 2, 3]),
    now: () => now,
  });
  const micros: number[] = [];
  const bucket = { ...spec, name: "node", whenUnreachable: "divide" } as const;
  for (let i = 0; i < NODE_REQUESTS; i++) {
    now += 1000 / perSecond;
    const from = performance.now();
    const spent = limits.spend(bucket, 1, now, () => undefined);
    micros.push((performance.now() - from) * 1000);
    await spent;
  }
  // Compilers warm up on the first half.
  return micros.slice(NODE_REQUESTS / 2);
}

function figuresOf(name: string, { offered, admitted, micros }: RedisRun): Figure[] {
  const figure = (what: string, value: number, unit: string): Figure => ({
    bench,
    figure: `${name}: ${what}`,
    value,
    unit,
  });
  return [
    figure("asked", median(offered.slice(1)), "req/s"),
    figure("admitted", median(admitted.slice(1)), "req/s"),
    figure("p50", quantile(micros, 0.5), "µs"),
    figure("p99", quantile(micros, 0.99), "µs"),
  ];
}

async function drive(isolates: Isolates<"load">, design: Design, name: string, seconds: number): Promise<Run> {
  const load = {
    design,
    name,
    rate: RATE,
    burst: BURST,
    perSecond: OFFERED / ISOLATES,
    startAt: Date.now() + LEAD_MS,
    seconds,
  };
  const runs = await Promise.all(
    isolates.edges.map(async ({ load: url }) => {
      const body = JSON.stringify(load);
      const response = await fetch(url, { method: "POST", body, signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (!response.ok) throw new Error(`the load of an isolate failed: ${await response.text()}`);
      return runSchema.parse(await response.json());
    }),
  );
  const summed = (pick: (run: Run) => readonly number[]) =>
    Array.from({ length: seconds }, (_, second) => runs.reduce((sum, run) => sum + (pick(run)[second] ?? 0), 0));
  return {
    offered: summed(({ offered }) => offered),
    admitted: summed(({ admitted }) => admitted),
    objectCalls: summed(({ objectCalls }) => objectCalls),
    micros: runs.flatMap(({ micros }) => micros),
    busyMs: runs.reduce((sum, run) => sum + run.busyMs, 0),
  };
}

function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
