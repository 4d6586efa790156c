import { DurableObject } from "cloudflare:workers";
import { rateLimiter } from "../../durable-objects/stubs.ts";
import { Random } from "../../src/base/random.ts";
import { Limits } from "../../workers/edge/limits.ts";
import type { Env } from "../../workers/env.ts";

export * from "../../workers/objects.ts";

/** What the bench offers an isolate, and how. */
interface Load {
  /** `leased`: the deployed limits. `asked`: an object is asked about each request. `none`: nothing is limited. */
  readonly design: "leased" | "asked" | "none";
  readonly name: string;
  readonly rate: number;
  readonly burst: number;
  /** Requests a second. */
  readonly perSecond: number;
  /** Unix milliseconds. */
  readonly startAt: number;
  readonly seconds: number;
}

/** What came of it, by second. */
interface Run {
  readonly offered: readonly number[];
  readonly admitted: readonly number[];
  readonly objectCalls: readonly number[];
  /** Of each request that waited for an answer. */
  readonly micros: readonly number[];
  /** The isolate's, in the loop that offers the requests. The clock counts whole milliseconds: only its sum says much. */
  readonly busyMs: number;
}

type BenchEnv = Env & { readonly PLAIN_BUCKET: DurableObjectNamespace<PlainBucket> };

/** The design without leases: a bucket that is asked about each request. */
export class PlainBucket extends DurableObject {
  #tokens: number | null = null;
  #at = 0;

  async take(rate: number, burst: number): Promise<boolean> {
    const now = Date.now();
    this.#tokens = Math.min(burst, (this.#tokens ?? burst) + ((now - this.#at) * rate) / 1000);
    this.#at = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** Questions of an isolate to the plain bucket that are under way. */
const MAX_ASKING = 64;

let limits: Limits | null = null;
let calls = 0;

/** `POST` a load: carries it out and tells what came of it. */
export const load = {
  async fetch(request, env) {
    const given = await request.json<Load>();
    return Response.json(given.design === "asked" ? await askEach(given, env) : await offer(given, env));
  },
} satisfies ExportedHandler<BenchEnv>;

export const setup = { fetch: () => new Response(null, { status: 204 }) } satisfies ExportedHandler<BenchEnv>;

/** Offers requests as evenly as turns of the event loop allow. */
async function offer({ design, name, rate, burst, perSecond, startAt, seconds }: Load, env: BenchEnv): Promise<Run> {
  limits ??= new Limits({
    limiter: (bucket) => {
      calls += 1;
      return rateLimiter(env, bucket);
    },
    random: new Random(crypto.getRandomValues(new Uint32Array(3))),
    now: Date.now,
  });
  const book = limits;
  const bucket = { name, rate, periodSeconds: 1, burst, whenUnreachable: "divide" } as const;
  const run = emptyRun(seconds);
  const background = () => undefined;
  const pending: Promise<void>[] = [];
  const take = (second: number, now: number) => {
    if (design === "none") return count(run.admitted, second);
    const spent = book.spend(bucket, 1, now, background);
    if (spent instanceof Promise)
      pending.push(spent.then(({ kind }) => (kind === "passed" ? count(run.admitted, second) : undefined)));
    else if (spent.kind === "passed") count(run.admitted, second);
  };
  await scheduler.wait(Math.max(0, startAt - Date.now()));
  let offered = 0;
  for (let now = Date.now(); now < startAt + seconds * 1000; now = Date.now()) {
    const second = Math.floor((now - startAt) / 1000);
    const callsBefore = calls;
    const due = Math.floor(((now - startAt) * perSecond) / 1000);
    count(run.offered, second, due - offered);
    for (; offered < due; offered++) take(second, now);
    run.busyMs += Date.now() - now;
    count(run.objectCalls, second, calls - callsBefore);
    await scheduler.wait(1);
  }
  await Promise.all(pending);
  return run;
}

/** Asks about requests as fast as a few of them at a time can be answered, up to what is offered. */
async function askEach({ name, rate, burst, perSecond, startAt, seconds }: Load, env: BenchEnv): Promise<Run> {
  const run = emptyRun(seconds);
  await scheduler.wait(Math.max(0, startAt - Date.now()));
  const ends = startAt + seconds * 1000;
  let offered = 0;
  const client = async () => {
    for (let now = Date.now(); now < ends; now = Date.now()) {
      if (offered >= ((now - startAt) * perSecond) / 1000) {
        await scheduler.wait(1);
        continue;
      }
      offered += 1;
      const second = Math.floor((now - startAt) / 1000);
      count(run.offered, second);
      count(run.objectCalls, second);
      const from = performance.now();
      const passed = await env.PLAIN_BUCKET.getByName(name).take(rate, burst);
      run.micros.push((performance.now() - from) * 1000);
      if (passed) count(run.admitted, Math.min(seconds - 1, Math.floor((Date.now() - startAt) / 1000)));
    }
  };
  await Promise.all(Array.from({ length: MAX_ASKING }, client));
  return run;
}

const emptyRun = (seconds: number) => ({
  offered: Array<number>(seconds).fill(0),
  admitted: Array<number>(seconds).fill(0),
  objectCalls: Array<number>(seconds).fill(0),
  micros: [] as number[],
  busyMs: 0,
});

function count(by: number[], second: number, amount = 1): void {
  by[second] = (by[second] ?? 0) + amount;
}

// The bundler takes a file without a default export for an old service worker.
export default { fetch: () => new Response(null, { status: 404 }) };
