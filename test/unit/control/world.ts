import { timingSafeEqual } from "node:crypto";
import type { Demand } from "../../../src/simulation/population.ts";
import { createControlApp } from "../../../workers/control/app.ts";
import type { LogEvent } from "../../../workers/control/deps.ts";
import { RATES, type Rates } from "../../../workers/control/rate-limit.ts";
import type { HealthPoint } from "../../../workers/control/schema/health.ts";
import { FakeAnswerStore } from "../../fakes/answer-store.ts";
import { FakeRoutingTable } from "../../fakes/routing-table.ts";
import { checkReply } from "../../openapi/check-reply.ts";

export const TOKEN = "a-token-of-at-least-32-characters!";
export const NOW = Date.parse("2026-11-23T12:00:00Z");

const region = {
  name: "Somewhere",
  country: "US",
  latitude: 38.95,
  longitude: -77.45,
  nodes: 1,
  connections: 1000,
  zones: 3,
  locationHint: "enam",
};
export const frankfurt = { ...region, name: "Frankfurt", country: "DE", locationHint: "eeur" };

const seed = {
  regions: { "us-east-1": { ...region, name: "Virginia" }, "us-west-2": { ...region, name: "Oregon" } },
  backends: {
    "us-east-1-a": { region: "us-east-1", url: "http://127.0.0.1:9001" },
    "us-west-2-a": { region: "us-west-2", url: "http://127.0.0.1:9002" },
  },
  policies: { fastest: { kind: "latency" } },
  services: { api: { hosts: ["*"], policy: "fastest" } },
  residency: { us: { regions: ["us-east-1", "us-west-2"] } },
  latency: { "us-east-1": { "us-east-1": 6, "us-west-2": 64 }, "colo:FRA": { "us-east-1": 93 } },
};

export interface World {
  readonly table: FakeRoutingTable;
  readonly answers: FakeAnswerStore;
  readonly logged: readonly LogEvent[];
  /** What the next time is; moves only when told to. */
  readonly clock: { now: number };
  readonly history: HealthPoint[];
  /** What the edges have counted in the last hour. */
  readonly demand: Demand[];
  /**
   * Calls the API below `/api/v1`, with the right token and JSON's content type unless told otherwise. A reply that the
   * API's document does not allow is an error.
   */
  call(method: string, path: string, options?: CallOptions): Promise<Reply>;
  fetch(request: Request): Promise<Response>;
  /** The whole table as text, to see that nothing has changed. */
  state(): Promise<string>;
}

export interface CallOptions {
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is. */
  readonly raw?: string | Uint8Array<ArrayBuffer> | ReadableStream;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it, and each says what it expects.
  readonly body: any;
}

/** The control app over a table with two regions, at epoch 1. */
export async function createWorld({ rates = RATES }: { readonly rates?: Rates } = {}): Promise<World> {
  const clock = { now: NOW };
  const logged: LogEvent[] = [];
  const history: HealthPoint[] = [];
  const demand: Demand[] = [];
  const table = new FakeRoutingTable(() => clock.now);
  const answers = new FakeAnswerStore();
  let requests = 0;
  const app = createControlApp({
    table,
    regionHistory: async (_region, since, limit) =>
      history
        .map((point) => ({ ...point, at: Date.parse(point.at) }))
        .filter((point) => point.at >= since)
        .slice(0, limit),
    demandSince: async (since) => (since === clock.now - 3_600_000 ? demand : []),
    answers,
    assets: async (request) =>
      new URL(request.url).pathname === "/" ? new Response("<h1>hello</h1>") : new Response(null, { status: 404 }),
    adminToken: TOKEN,
    rates,
    sameBytes: (a, b) => timingSafeEqual(new Uint8Array(a), new Uint8Array(b)),
    now: () => clock.now,
    newRequestId: () => `request-${++requests}`,
    log: (event) => logged.push(event),
  });
  const fetch = async (request: Request) => app.fetch(request);
  const seeded = await table.apply(seed, {
    actor: { principal: "test", requestId: "seed" },
    summary: "seed",
    ifEpoch: null,
  });
  if (!seeded.ok) throw new Error(JSON.stringify(seeded.error));
  return {
    table,
    answers,
    logged,
    clock,
    history,
    demand,
    fetch,
    async call(method, path, { body, raw, headers } = {}) {
      const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
      const json = sent === undefined ? {} : { "Content-Type": "application/json" };
      const request = new Request(`http://control.test/api/v1${path}`, {
        method,
        headers: { Authorization: `Bearer ${TOKEN}`, ...json, ...headers },
        ...(sent === undefined ? {} : { body: sent, duplex: "half" }),
      });
      const response = await fetch(request);
      const text = await response.text();
      const { status, headers: answered } = response;
      const reply = { status, headers: answered, body: text === "" ? null : JSON.parse(text) };
      checkReply(method, path, reply);
      return reply;
    },
    async state() {
      const { unreachable } = table;
      table.unreachable = false;
      const snapshot = await table.snapshot(null);
      table.unreachable = unreachable;
      return JSON.stringify(snapshot);
    },
  };
}
