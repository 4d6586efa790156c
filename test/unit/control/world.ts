import { createHash, timingSafeEqual } from "node:crypto";
import type { LatencyProberApi } from "../../../durable-objects/latency-prober/api.ts";
import type { RegionStatus } from "../../../durable-objects/region-watch/api.ts";
import { webDnssecCrypto } from "../../../src/adapters/web-crypto/dnssec.ts";
import { type Account, noProofs } from "../../../src/auth/account.ts";
import type { Assignment } from "../../../src/auth/role.ts";
import { formatSecret } from "../../../src/auth/secret.ts";
import { beginSession } from "../../../src/auth/session.ts";
import { Random } from "../../../src/base/random.ts";
import type { Incident } from "../../../src/failover/incident.ts";
import type { RegionTransition } from "../../../src/health/region-state.ts";
import type { Demand } from "../../../src/simulation/population.ts";
import type { Trace } from "../../../src/telemetry/trace.ts";
import { createControlApp } from "../../../workers/control/app.ts";
import type { ControlDeps, LogEvent } from "../../../workers/control/deps.ts";
import { RATES } from "../../../workers/control/rate-limit.ts";
import type { HealthPoint } from "../../../workers/control/schema/health.ts";
import { createDnsApp } from "../../../workers/dns/app.ts";
import { zoneKeys } from "../../../workers/zone-keys.ts";
import { FakeAnswerStore } from "../../fakes/answer-store.ts";
import { FakeAuditLog } from "../../fakes/audit-log.ts";
import { FakeAuthStore } from "../../fakes/auth-store.ts";
import { FakeColoCache } from "../../fakes/colo-cache.ts";
import { FakeFailovers } from "../../fakes/failovers.ts";
import { FakeKeyStore } from "../../fakes/key-store.ts";
import { FakeMitigator } from "../../fakes/mitigator.ts";
import { FakeRoutingTable } from "../../fakes/routing-table.ts";
import { checkReply } from "../../openapi/check-reply.ts";

export const ADMIN_TOKEN = "a-token-of-at-least-32-characters!";
/** Of a machine that may do everything, without a second factor. */
export const TOKEN = formatSecret("token", new Uint8Array(32).fill(7));

const DNSSEC_KEY = "d".repeat(32);

const unlimited = { burst: Number.MAX_SAFE_INTEGER, perSecond: 1 };
/** Of a world that is asked so often that it would tell its caller to slow down. */
export const NO_RATES = { strangers: unlimited, principals: unlimited };

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
  readonly auth: FakeAuthStore;
  readonly keys: FakeKeyStore;
  readonly audit: FakeAuditLog;
  /** What becomes of the messages of the DNS plane on their way. */
  readonly served: { change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer> };
  readonly logged: readonly LogEvent[];
  /** What the next time is; moves only when told to. */
  readonly clock: { now: number };
  readonly history: HealthPoint[];
  /** What the regions are held to be; the watch cannot be reached while it is `null`. */
  readonly watch: { statuses: RegionStatus[] | null };
  /** Of every region, newest first. */
  readonly transitions: RegionTransition[];
  /** The newest first. */
  readonly incidents: Incident[];
  /** What the edges have counted in the last hour. */
  readonly demand: Demand[];
  /** What the latency prober says; it knows nothing until a test sets this. */
  readonly prober: Pick<LatencyProberApi, "read" | "measure">;
  readonly failovers: FakeFailovers;
  readonly mitigator: FakeMitigator;
  /** What the detector of all traffic says; it has seen nothing until a test sets this. */
  readonly detector: ControlDeps["detector"];
  /** What the edges have traced, the oldest first. */
  readonly traces: Trace[];
  /** Those that every colo had to leave out, at any time. */
  readonly omittedTraces: { count: number };
  /**
   * Calls the API below `/api/v1`, with the right token and JSON's content type unless told otherwise. A reply that the
   * API's document does not allow is an error.
   */
  call(method: string, path: string, options?: CallOptions): Promise<Reply>;
  fetch(request: Request): Promise<Response>;
  /** Puts somebody there, and gives a bearer that lets them in. */
  admit(who: Admittance): Promise<string>;
  /** Does what is to be done later. */
  elapse(): Promise<void>;
  /** The whole table as text, to see that nothing has changed. */
  state(): Promise<string>;
}

export interface Admittance {
  readonly name: string;
  readonly kind?: "person" | "machine";
  readonly roles: readonly (string | Assignment)[];
  /** Milliseconds since a second factor was used; `null`, which is the default of machines, is never. */
  readonly secondFactorAgeMs?: number | null;
  readonly allowlist?: readonly string[];
}

export interface CallOptions {
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is. */
  readonly raw?: string | Uint8Array<ArrayBuffer> | ReadableStream;
  readonly headers?: Readonly<Record<string, string>>;
  /** By default that of the machine that may do everything. */
  readonly token?: string;
}

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it, and each says what it expects.
  readonly body: any;
}

/** The control app over a table with two regions, at epoch 1. */
export async function createWorld(settings: Partial<ControlDeps> = {}): Promise<World> {
  const clock = { now: NOW };
  const logged: LogEvent[] = [];
  const history: HealthPoint[] = [];
  const watch: World["watch"] = { statuses: [] };
  const transitions: RegionTransition[] = [];
  const incidents: Incident[] = [];
  const demand: Demand[] = [];
  const prober: World["prober"] = { read: async () => [], measure: async () => ({ kind: "no-token" }) };
  const traces: Trace[] = [];
  const omittedTraces = { count: 0 };
  const table = new FakeRoutingTable(() => clock.now);
  const answers = new FakeAnswerStore();
  const auth = new FakeAuthStore();
  const keys = new FakeKeyStore();
  const audit = new FakeAuditLog(() => clock.now);
  const failovers = new FakeFailovers(() => table.read(), clock);
  const mitigator = new FakeMitigator(clock, () => table.read());
  const detector: World["detector"] = {
    status: async () => ({ scope: "global", services: [], refused: {}, limits: [], heard: 0, late: 0, blocked: 0 }),
  };
  const delayed: (() => Promise<void>)[] = [];
  let requests = 0;
  let secrets = 0;
  const served: World["served"] = { change: (bytes) => bytes };
  const dns = createDnsApp({
    table: () => table,
    coloCache: new FakeColoCache(() => clock.now),
    now: () => clock.now,
    pause: async () => undefined,
    random: new Random([1, 2, 3]),
    countryByIp: () => null,
    signing: { store: keys, keys: zoneKeys(DNSSEC_KEY), crypto: webDnssecCrypto, log: () => undefined },
  });
  const app = createControlApp({
    table,
    prober,
    failovers,
    mitigator,
    detector: { status: () => detector.status() },
    regionHistory: async (_region, since, limit) =>
      history
        .map((point) => ({ ...point, at: Date.parse(point.at) }))
        .filter((point) => point.at >= since)
        .slice(0, limit),
    watch: {
      status: async () => {
        if (watch.statuses === null) throw new Error("Network connection lost.");
        return watch.statuses;
      },
    },
    regionTransitions: async (_region, since, limit) => transitions.filter(({ at }) => at >= since).slice(0, limit),
    incidents: async ({ limit, before, region, open }) =>
      incidents
        .filter(({ id }) => before === null || id < before)
        .filter((each) => (region === null || each.region === region) && !(open && each.closedAt !== null))
        .slice(0, limit),
    demandSince: async (since) => (since === clock.now - 3_600_000 ? demand : []),
    demandCoversFrom: async (since) => since,
    answers,
    traces: (colo) => ({
      findTrace: async (requestId) => {
        const trace = traces.find(({ explanation }) => explanation.requestId === requestId);
        const isOld = Number.parseInt(requestId.slice(4, 12), 16) * 1000 < clock.now - 3_600_000;
        if (trace) return { kind: "found", trace };
        return isOld ? { kind: "expired" } : { kind: "unknown", omitted: omittedTraces.count };
      },
      listTraces: async ({ limit, before }) => {
        const own = traces.filter(({ explanation }) => explanation.request.place.colo === colo);
        const older = own.filter(({ explanation }) => before === null || (explanation.requestId ?? "") < before);
        return { traces: older.reverse().slice(0, limit), omitted: omittedTraces.count };
      },
    }),
    countryByIp: () => null,
    audit,
    assets: async (request) =>
      new URL(request.url).pathname === "/" ? new Response("<h1>hello</h1>") : new Response(null, { status: 404 }),
    dnssec: { store: keys, keys: zoneKeys(DNSSEC_KEY), crypto: webDnssecCrypto },
    dnsPlane: async (body, cf) => {
      const headers = { "Content-Type": "application/dns-message" };
      const request = new Request("http://dns.test/dns-query", { method: "POST", body, headers });
      const context = { waitUntil: () => undefined, passThroughOnException: () => undefined, props: {} };
      const response = await dns.fetch(Object.assign(request, { cf }), undefined, context);
      const bytes = served.change(new Uint8Array(await response.arrayBuffer()));
      return new Response(bytes, { headers: response.headers });
    },
    resolver: null,
    auth,
    access: null,
    adminToken: ADMIN_TOKEN,
    canVerifyTurnstile: false,
    isLocalWorld: false,
    rates: RATES,
    sameBytes: (a, b) => timingSafeEqual(new Uint8Array(a), new Uint8Array(b)),
    stretch: async (password, salt) => Uint8Array.from(createHash("sha256").update(salt).update(password).digest()),
    now: () => clock.now,
    randomBytes: (length) => nextBytes(length, ++secrets),
    newId: () => `id-${++secrets}`,
    later: (_delayMs, work) => delayed.push(work),
    timer: () => () => undefined,
    newRequestId: () => `request-${++requests}`,
    log: (event) => logged.push(event),
    ...settings,
  });
  const fetch = async (request: Request) => app.fetch(request);
  const seeded = await table.apply(seed, {
    actor: { principal: "test", requestId: "seed" },
    summary: "seed",
    ifEpoch: null,
  });
  if (!seeded.ok) throw new Error(JSON.stringify(seeded.error));
  async function admit({ name, kind = "person", roles, secondFactorAgeMs, allowlist = [] }: Admittance) {
    const assignments = roles.map((each) =>
      typeof each === "string" ? { role: each, regions: null, services: null } : each,
    );
    const account: Account = { id: name, name, kind, email: null, roles: assignments, allowlist, createdAt: NOW };
    const saved = await auth.accounts.create(account, noProofs);
    if (saved !== "saved") throw new Error(`${name}: ${saved}`);
    const secret = formatSecret(kind === "person" ? "session" : "token", nextBytes(32, ++secrets));
    const id = `${name}-credential`;
    if (kind === "person") {
      const usedAt = secondFactorAgeMs === null ? null : clock.now - (secondFactorAgeMs ?? 0);
      const times = beginSession(clock.now, usedAt);
      await auth.sessions.create({ id, principal: name, transport: "bearer", createdAt: NOW, ...times }, hash(secret));
    } else await auth.tokens.create({ ...machineToken, id, principal: name }, hash(secret));
    return secret;
  }
  const root = { role: "admin", regions: null, services: null };
  await auth.accounts.create(
    { id: "root", name: "admin", kind: "machine", email: null, roles: [root], allowlist: [], createdAt: NOW },
    noProofs,
  );
  await auth.tokens.create({ ...machineToken, id: "root-token", principal: "root", stepUpExempt: true }, hash(TOKEN));
  return {
    table,
    answers,
    auth,
    keys,
    admit,
    audit,
    served,
    logged,
    clock,
    history,
    watch,
    transitions,
    incidents,
    demand,
    prober,
    failovers,
    mitigator,
    detector,
    traces,
    omittedTraces,
    fetch,
    async elapse() {
      for (const work of delayed.splice(0)) await work();
    },
    async call(method, path, { body, raw, headers, token = TOKEN } = {}) {
      const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
      const json = sent === undefined ? {} : { "Content-Type": "application/json" };
      const request = new Request(`http://control.test/api/v1${path}`, {
        method,
        headers: { Authorization: `Bearer ${token}`, ...json, ...headers },
        ...(sent === undefined ? {} : { body: sent, duplex: "half" }),
      });
      const response = await fetch(request);
      const text = await response.text();
      const { status, headers: answered } = response;
      const isLines = answered.get("Content-Type") === "application/jsonl";
      const reply = { status, headers: answered, body: isLines ? text : text === "" ? null : JSON.parse(text) };
      checkReply(method, path, reply);
      return reply;
    },
    async state() {
      const { unreachable } = table;
      table.unreachable = false;
      const { epoch, table: document, health } = await table.read();
      table.unreachable = unreachable;
      return JSON.stringify([epoch, Object.values(document).map((section) => [...section]), [...health]]);
    },
  };
}

const machineToken = {
  name: "test",
  limit: null,
  createdAt: NOW,
  expiresAt: null,
  lastUsedAt: NOW,
  stepUpExempt: false,
};

export const hash = (text: string) => createHash("sha256").update(text).digest("hex");

/** Different at each call, and the same in each run. */
const nextBytes = (length: number, call: number) => new Uint8Array(length).map((_byte, i) => (call * 31 + i * 7) % 256);
