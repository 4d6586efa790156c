import { hashText } from "../base/hash.ts";
import { NetworkSet } from "../base/network-set.ts";
import { atOnce, type Sliced } from "../base/sliced.ts";
import { addressColumns } from "./address-columns.ts";
import type { AddressRule } from "./address-rule.ts";
import type { Backend, BackendId } from "./backend.ts";
import type { Defence, Defences } from "./defence.ts";
import type { Failover, Failovers } from "./failover.ts";
import type { Learned } from "./learned-row.ts";
import type { Policy } from "./policy.ts";
import type { RateLimit } from "./rate-limit.ts";
import type { Region } from "./region.ts";
import type { Service } from "./service.ts";
import type { AddressSection, Health, PublishedTable, Routes } from "./table.ts";
import type { Verdict } from "./verdict.ts";

/** The table made ready for decisions: references resolved, sets compiled. Immutable. */
export interface Snapshot {
  readonly epoch: number;
  readonly table: Routes;
  readonly health: Health;
  readonly learned: Learned;
  readonly failovers: Failovers;
  readonly defences: Defences;
  readonly regions: readonly RegionEntry[];
  readonly backends: readonly BackendEntry[];
  readonly services: readonly ServiceEntry[];
  readonly blacklist: NetworkSet;
  readonly allowlist: NetworkSet;
  /** Verified bots. Looked up only where a challenge or a block of an attack is at stake. */
  readonly bots: NetworkSet;
  readonly hosts: HostIndex;
}

export interface RegionEntry {
  readonly id: string;
  readonly index: number;
  /** Of the id, for rendezvous hashing. */
  readonly hash: number;
  readonly region: Region;
  /** What moves its traffic elsewhere; `null` when nothing does. */
  readonly failover: Failover | null;
}

export interface BackendEntry {
  readonly id: BackendId;
  /** Position in `Snapshot.backends`. */
  readonly index: number;
  /** Of the id, for rendezvous hashing. */
  readonly hash: number;
  readonly region: RegionEntry;
  readonly backend: Backend;
  readonly verdict: Verdict | null;
}

export interface ServiceEntry {
  readonly id: string;
  /** Of the id, so that services choose their canary's clients independently. */
  readonly hash: number;
  readonly service: Service;
  readonly policy: Policy;
  readonly backends: readonly BackendEntry[];
  /** Ids of the regions in which it has backends. */
  readonly regions: ReadonlySet<string>;
  /** In order of id, those that challenge last. */
  readonly limits: readonly LimitEntry[];
  /** What is done about an attack on it; `null` when there is none. */
  readonly defence: Defence | null;
  /** The limits of passive health, as one object for as long as the snapshot lives. */
  readonly ejection: Pick<Service, "ejectAfterErrors" | "ejectionSeconds" | "maxEjectedPercent"> & {
    readonly pool: ReadonlySet<string>;
  };
}

/** A rate limit of a service. The same object for all of its services, for as long as the snapshot lives. */
export interface LimitEntry {
  readonly id: string;
  readonly limit: RateLimit;
}

interface HostIndex {
  readonly exact: ReadonlyMap<string, readonly ServiceEntry[]>;
  /** By the part after `*.`, the longest suffix first when searched. */
  readonly suffix: ReadonlyMap<string, readonly ServiceEntry[]>;
  readonly any: readonly ServiceEntry[];
}

export function compileSnapshot({ table, ...published }: PublishedTable): Snapshot {
  const blacklist = compileAddresses(table.blacklist);
  const allowlist = compileAddresses(table.allowlist);
  const bots = compileAddresses(table.bots);
  return atOnce(assembleSnapshot({ ...published, table, blacklist, allowlist, bots }));
}

/** What a snapshot is made of. */
type Parts = Pick<Snapshot, "epoch" | "table" | "health" | "learned" | "failovers" | "defences" | AddressSection>;

export function* assembleSnapshot(parts: Parts): Sliced<Snapshot> {
  const { table, health, failovers } = parts;
  const regions = inOrder(table.regions).map(
    ([id, region], index): RegionEntry => ({
      id,
      index,
      hash: hashText(id),
      region,
      failover: failovers.get(id) ?? null,
    }),
  );
  const regionById = new Map(regions.map((entry) => [entry.id, entry]));
  const backends: BackendEntry[] = [];
  for (const [id, backend] of inOrder(table.backends)) {
    const region = regionById.get(backend.region);
    if (!region) continue;
    const verdict = health.get(id) ?? null;
    backends.push({ id: id as BackendId, index: backends.length, hash: hashText(id), region, backend, verdict });
    if (backends.length % STEP_BACKENDS === 0) yield STEP_BACKENDS * COST_OF_BACKEND;
  }
  const services = yield* compileServices(table, backends, parts.defences);
  return { ...parts, regions, backends, services, hosts: indexHosts(services) };
}

const STEP_BACKENDS = 100;
const COST_OF_BACKEND = 4;

/** By id, so that a draw falls on the same backend at every edge, whatever way its table has come. */
function inOrder<T>(entities: ReadonlyMap<string, T>): (readonly [id: string, entity: T])[] {
  return [...entities].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The service for a host (without port) and path: the most specific host that has a matching path prefix. */
export function serviceFor({ hosts }: Snapshot, host: string, path: string): ServiceEntry | undefined {
  const exact = longestPrefix(hosts.exact.get(host), path);
  if (exact) return exact;
  if (hosts.suffix.size > 0) {
    for (let dot = host.indexOf("."); dot >= 0; dot = host.indexOf(".", dot + 1)) {
      const below = longestPrefix(hosts.suffix.get(host.slice(dot + 1)), path);
      if (below) return below;
    }
  }
  return longestPrefix(hosts.any, path);
}

function longestPrefix(services: readonly ServiceEntry[] | undefined, path: string): ServiceEntry | undefined {
  return services?.find(({ service: { pathPrefix } }) => hasPrefix(path, pathPrefix));
}

/** A prefix ends at a segment's end: `/api` holds `/api` and `/api/x`, not `/apix`. */
export function hasPrefix(path: string, prefix: string): boolean {
  if (!path.startsWith(prefix)) return false;
  return prefix.endsWith("/") || path.length === prefix.length || path[prefix.length] === "/";
}

function* compileServices(
  table: Routes,
  backends: readonly BackendEntry[],
  defences: Defences,
): Sliced<ServiceEntry[]> {
  const services: ServiceEntry[] = [];
  const inIdOrder = inOrder(table.limits).map(([limitId, limit]): LimitEntry => ({ id: limitId, limit }));
  // Who has met a challenge passes those that challenge, and must have met the others before.
  const limits = [...inIdOrder.filter(isFinal), ...inIdOrder.filter((entry) => !isFinal(entry))];
  for (const [id, service] of inOrder(table.services)) {
    const policy = table.policies.get(service.policy);
    if (!policy) continue;
    const wanted = service.backends === "all" ? null : new Set<string>(service.backends);
    const own = wanted ? backends.filter((entry) => wanted.has(entry.id)) : backends;
    const regions = new Set<string>(own.map((entry) => entry.region.id));
    const ejection = { ...service, pool: new Set<string>(own.map((entry) => entry.id)) };
    services.push({
      id,
      hash: hashText(id),
      service,
      policy,
      backends: own,
      regions,
      limits: limits.filter(({ limit }) => limit.services === "all" || limit.services.some((named) => named === id)),
      defence: defences.get(id) ?? null,
      ejection,
    });
    yield (own.length + 1) * COST_OF_BACKEND;
  }
  return services;
}

const isFinal = ({ limit: { action } }: LimitEntry): boolean => action !== "challenge";

function indexHosts(services: readonly ServiceEntry[]): HostIndex {
  const byLength = [...services].sort((a, b) => b.service.pathPrefix.length - a.service.pathPrefix.length);
  const exact = new Map<string, ServiceEntry[]>();
  const suffix = new Map<string, ServiceEntry[]>();
  const any: ServiceEntry[] = [];
  const add = (map: Map<string, ServiceEntry[]>, key: string, entry: ServiceEntry) =>
    map.set(key, [...(map.get(key) ?? []), entry]);
  for (const entry of byLength) {
    for (const host of entry.service.hosts) {
      if (host === "*") any.push(entry);
      else if (host.startsWith("*.")) add(suffix, host.slice(2), entry);
      else add(exact, host, entry);
    }
  }
  return { exact, suffix, any };
}

/** A map of rules is immutable, so its set is compiled once. */
const compiledAddresses = new WeakMap<ReadonlyMap<string, AddressRule>, NetworkSet>();

function compileAddresses(rules: ReadonlyMap<string, AddressRule>): NetworkSet {
  let set = compiledAddresses.get(rules);
  if (!set) {
    set = atOnce(NetworkSet.of(addressColumns(rules))) ?? NetworkSet.empty;
    compiledAddresses.set(rules, set);
  }
  return set;
}
