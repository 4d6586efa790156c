import { parseIp } from "../../src/base/ip.ts";
import { nowhere, type Place } from "../../src/geo/place.ts";
import type { Facts } from "../../src/request/facts.ts";
import { permitRequest } from "../../src/residency/permit.ts";
import type { RouteRequest } from "../../src/routing/decide.ts";
import { Traffic } from "../../src/routing/traffic.ts";
import { type LocalHealth, makeView, type View } from "../../src/routing/view.ts";
import { seedTable } from "../../src/seed/seed.ts";
import { screen } from "../../src/shield/screen.ts";
import type { BackendId } from "../../src/table/backend.ts";
import type { Failovers } from "../../src/table/failover.ts";
import type { Learned } from "../../src/table/learned-row.ts";
import { applyPatch } from "../../src/table/patch.ts";
import { compileSnapshot, type Snapshot } from "../../src/table/snapshot.ts";
import { emptyTable, type Health, type Table } from "../../src/table/table.ts";
import { noVotes, type Verdict, type VoteReport } from "../../src/table/verdict.ts";

/** The ids of the 13 regions of the seed. */
export const REGIONS = [
  "us-east-1",
  "us-west-2",
  "ca-central-1",
  "eu-west-1",
  "eu-central-1",
  "eu-west-2",
  "ap-southeast-1",
  "ap-northeast-1",
  "ap-southeast-2",
  "ap-south-1",
  "sa-east-1",
  "me-south-1",
  "af-south-1",
] as const;

/** By the number of backends in each region: properties ask for thousands, and a table never changes. */
const seeded = new Map<number, Table>();

/** The seed's table with some backends in each region (`us-east-1-a`, …), changed by a merge patch. */
export function testTable({ perRegion = 1, patch }: { perRegion?: number; patch?: object } = {}): Table {
  const table = seeded.get(perRegion) ?? patched(emptyTable, seedTable(backendsOf(perRegion)));
  seeded.set(perRegion, table);
  return patch === undefined ? table : patched(table, patch);
}

function backendsOf(perRegion: number) {
  const backends: Record<string, { region: string; url: string }> = {};
  for (const region of REGIONS) {
    for (let i = 0; i < perRegion; i++) {
      backends[`${region}-${"abcdefgh"[i]}`] = { region, url: `http://127.0.0.1:${9000 + i}` };
    }
  }
  return backends;
}

function patched(table: Table, patch: object): Table {
  const { next, objections } = applyPatch(table, patch);
  if (objections.length > 0) throw new Error(JSON.stringify(objections));
  return next;
}

export const down = (since = 0): Verdict => verdict("down", since);
export const up = (since = 0): Verdict => verdict("up", since);

/** What a vantage tells the table of a backend that does not answer. */
export const saidDown = (backend: string): VoteReport => {
  const { votes: _, ...said } = down(1);
  return { backend: backend as BackendId, vote: { ...said, vantage: "weur", confirming: false } };
};

const verdict = (status: "up" | "down", since: number): Verdict => ({
  status,
  since,
  recoveredAt: status === "up" && since > 0 ? since : null,
  checkedAt: since,
  latencyMs: null,
  load: null,
  vantage: "local",
  detail: "test",
  votes: noVotes,
});

export const testSnapshot = (
  table: Table,
  health: Health = new Map(),
  learned: Learned = new Map(),
  failovers: Failovers = new Map(),
): Snapshot => compileSnapshot({ epoch: 1, table, health, learned, failovers, defences: new Map() });

/** Nobody is ejected. */
export const calm: LocalHealth = { isEjected: () => false, revision: 0, nextChangeAt: Number.POSITIVE_INFINITY };

export const testView = (snapshot: Snapshot, local: LocalHealth = calm): View =>
  makeView(snapshot, local, new Traffic());

export interface Client {
  readonly place?: Partial<Place>;
  readonly ip?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly bound?: string;
}

/** A request to a service by a client, past screening and residency; `null` where residency refuses it. */
export function testRequest(snapshot: Snapshot, service: string, client: Client = {}): RouteRequest | null {
  const entry = snapshot.services.find(({ id }) => id === service);
  const ip = parseIp(client.ip ?? "203.0.113.9");
  if (!entry || !ip) throw new Error(`no service ${service}, or a bad address`);
  const facts: Facts = {
    kind: "facts",
    requestId: "0".repeat(32),
    method: "GET",
    scheme: "https",
    host: "api.example.com",
    hostname: "api.example.com",
    path: client.path ?? "/",
    target: client.path ?? "/",
    fields: { ...client.headers },
    client: ip,
    clientKey: ip.text,
    place: { ...nowhere, ...client.place },
  };
  const screened = screen(snapshot, facts, 0);
  if (screened.kind === "blocked") throw new Error("the client is blocked");
  const permitted = permitRequest(snapshot, entry, screened);
  if (permitted.kind === "refused") return null;
  return { facts: screened, service: entry, permitted, bound: client.bound ?? null };
}
