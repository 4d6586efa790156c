import type { ColoReport, ProbeSeries } from "../../../durable-objects/colo-observer/api.ts";
import type { Suspicion } from "../../../durable-objects/health-monitor/api.ts";
import type { RateLimiterApi } from "../../../durable-objects/rate-limiter/api.ts";
import type { SnapshotReply, SnapshotRequest } from "../../../durable-objects/routing-table/api.ts";
import { Random } from "../../../src/base/random.ts";
import { seedTable } from "../../../src/seed/seed.ts";
import type { TrafficSecond } from "../../../src/shield/traffic/traffic-second.ts";
import type { Trace } from "../../../src/telemetry/trace.ts";
import { AffinityCookies } from "../../../workers/edge/affinity.ts";
import { createEdgeApp, HEALTH_PATH } from "../../../workers/edge/app.ts";
import type { ColoCache } from "../../../workers/shared-replies.ts";
import { FakeLimiters } from "../../fakes/limiters.ts";
import { FakeRoutingTable } from "../../fakes/routing-table.ts";

/** How a backend answers. `signal` is the try's: one that never answers must heed it. */
export type Handler = (request: Request, signal: AbortSignal) => Response | Promise<Response>;

export const ok: Handler = ({ method, url }) =>
  new Response(method === "HEAD" ? null : `served by ${new URL(url).hostname}`);
export const status =
  (code: number): Handler =>
  () =>
    new Response("backend's own words", { status: code });
/** As when nobody listens. */
export const refused: Handler = () => Promise.reject(new Error("connection refused"));
/** Answers nothing until it is aborted. */
export const silent: Handler = (_, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

export interface Call {
  readonly backend: string;
  readonly request: Request;
  readonly signal: AbortSignal;
}

class Table extends FakeRoutingTable {
  asked = 0;
  /** The kinds of its replies, other than that nothing has changed. */
  readonly replies: string[] = [];
  /** Answers in place of the table while it is set. */
  reply: (() => Promise<SnapshotReply>) | null = null;
  /** No suspicion reaches it while this is set. */
  isDeaf = false;

  override async snapshot(request: SnapshotRequest): Promise<SnapshotReply> {
    this.asked += 1;
    const reply = await (this.reply ? this.reply() : super.snapshot(request));
    if (reply.kind !== "unchanged") this.replies.push(reply.kind);
    return reply;
  }

  override async suspect(suspicions: readonly Suspicion[]): Promise<void> {
    if (this.isDeaf) throw new Error("Network connection lost.");
    await super.suspect(suspicions);
  }
}

/** A client beside Frankfurt: with the seed, its order of regions is eu-central-1, eu-west-2, eu-west-1, … */
export const FRANKFURT = { country: "DE", continent: "EU", latitude: "50.1", longitude: "8.7", colo: "FRA" };

type Client = Omit<RequestInit, "cf"> & { readonly cf?: object };

/** One edge with all that it needs, in memory: its table, its backends, its clock. */
export class EdgeWorld {
  /** The edge's clock, in Unix milliseconds. Timers run in real time. */
  now = Date.UTC(2100, 0, 1);
  readonly table: Table;
  /** None unless a test gives the edge one. */
  coloCache: ColoCache = { get: async () => null, put: async () => undefined };
  /** The owners of buckets; a test may share them among edges. */
  limiters: { limiter(name: string): RateLimiterApi } = new FakeLimiters(() => this.now);
  /** By backend; others answer `ok`. */
  readonly handlers = new Map<string, Handler>();
  readonly calls: Call[] = [];
  readonly reports: { colo: string; report: ColoReport }[] = [];
  /** What the observer of any colo has measured next. */
  series: ProbeSeries[] = [];
  /** What the observers of colos were given to keep. */
  readonly kept: { colo: string; traces: readonly Trace[]; omitted: number; turn: number }[] = [];
  /** What the observers of colos were told of traffic. */
  readonly counted: { colo: string; seconds: readonly TrafficSecond[] }[] = [];
  /** Turns of the event loop that the edge has waited for. */
  turns = 0;
  observerUnreachable = false;
  /** Whether the clock goes on while the edge sleeps for so many milliseconds. */
  sleepPasses: (ms: number) => boolean = () => false;
  /** Nobody who sleeps wakes up before. */
  sleeping: Promise<void> = Promise.resolve();
  countryByIp: () => string | null = () => null;
  #siblings = 0;
  readonly #background: Promise<unknown>[] = [];
  readonly #app: ReturnType<typeof createEdgeApp>;

  private constructor(
    affinityKey: string,
    table: Table | null = null,
    turnstileSecret: string | null = null,
    seed = 1,
  ) {
    this.table = table ?? new Table(() => this.now);
    this.#app = createEdgeApp({
      table: () => this.table,
      coloCache: {
        get: (key) => this.coloCache.get(key),
        put: (key, bytes, maxAgeSeconds) => this.coloCache.put(key, bytes, maxAgeSeconds),
      },
      observer: (colo) => ({
        observe: async (_colo, report) => {
          if (this.observerUnreachable) throw new Error("Network connection lost.");
          this.reports.push({ colo, report });
          return this.series.splice(0);
        },
        keepTraces: async (traces, omitted) => {
          if (this.observerUnreachable) throw new Error("Network connection lost.");
          this.kept.push({ colo, traces, omitted, turn: this.turns });
        },
        countTraffic: async (seconds) => {
          if (this.observerUnreachable) throw new Error("Network connection lost.");
          this.counted.push({ colo, seconds });
        },
        findTrace: async () => ({ kind: "unknown", omitted: 0 }),
        listTraces: async () => ({ traces: [], omitted: 0 }),
      }),
      limiter: (name) => this.limiters.limiter(name),
      fetch: (input, init) => this.#fetch(new Request(input, init), init?.signal ?? new AbortController().signal),
      now: () => this.now,
      sleep: async (ms) => {
        if (this.sleepPasses(ms)) this.now += ms;
        await this.sleeping;
      },
      pause: async () => {
        this.turns += 1;
      },
      random: new Random([seed, 2, 3]),
      countryByIp: () => this.countryByIp(),
      affinity: new AffinityCookies(affinityKey),
      challengeSecret: affinityKey,
      turnstileSecret: turnstileSecret,
    });
  }

  /** The seed with one backend in each of these regions (`eu-west-1-a`), changed by a patch. */
  static async start(regions: readonly string[], patch: object = {}, affinityKey = "k".repeat(32)): Promise<EdgeWorld> {
    const world = new EdgeWorld(affinityKey);
    const backends = regions.map((region) => [`${region}-a`, { region, url: `http://${region}-a.test` }]);
    const seeded = seedTable(Object.fromEntries(backends));
    // So high that no sample of a test's requests is followed, whose bodies `send` would wait for before they are read.
    const api = { ...seeded.services.api, maxConcurrentPerClient: 100_000 };
    await world.apply({ ...seeded, services: { ...seeded.services, api } });
    await world.apply(patch);
    return world;
  }

  /** Another edge with the same table. */
  sibling(turnstileSecret: string | null = null): EdgeWorld {
    this.#siblings += 1;
    return new EdgeWorld("k".repeat(32), this.table, turnstileSecret, 1 + this.#siblings);
  }

  async apply(patch: object): Promise<void> {
    const options = { actor: { principal: "test", requestId: "test" }, summary: "test", ifEpoch: null };
    const applied = await this.table.apply(patch as Record<string, unknown>, options);
    if (!applied.ok) throw new Error(JSON.stringify(applied.error));
  }

  /** Sends a request, and waits for what it left running in the background. */
  async send(path = "/", client: Client = {}, host?: string): Promise<Response> {
    const response = await this.sendOnly(path, client, host);
    await this.settle();
    return response;
  }

  /** Waits for what requests have left running in the background. */
  async settle(): Promise<void> {
    await Promise.all(this.#background.splice(0));
  }

  async sendOnly(path = "/", { cf = FRANKFURT, ...init }: Client = {}, host = "http://api.example.com") {
    return this.sendRequest(new Request(host + path, { ...init, cf: cf as CfProperties }));
  }

  async sendRequest(request: Request): Promise<Response> {
    const context = {
      waitUntil: (work: Promise<unknown>) => void this.#background.push(work),
      passThroughOnException: () => undefined,
      props: {},
    };
    return this.#app.fetch(request, {}, context);
  }

  async health(): Promise<unknown> {
    return (await this.send(HEALTH_PATH)).json();
  }

  /** Which backends were asked, in order. */
  get asked(): string[] {
    return this.calls.map(({ backend }) => backend);
  }

  async #fetch(request: Request, signal: AbortSignal): Promise<Response> {
    const backend = new URL(request.url).hostname.replace(/\.test$/, "");
    this.calls.push({ backend, request, signal });
    return (this.handlers.get(backend) ?? ok)(request, signal);
  }
}
