import { FailoverCoordinator } from "../../durable-objects/failover-coordinator/object.ts";
import { Incidents } from "../../durable-objects/region-watch/incidents.ts";
import { RoutingTable } from "../../durable-objects/routing-table/object.ts";
import { type Client, clients } from "../../scripts/sim/clients.ts";
import { Isolate } from "../../scripts/sim/edge-adapter.ts";
import type { Scenario } from "../../scripts/sim/scenario.ts";
import { NetworkSet } from "../../src/base/network-set.ts";
import { ok } from "../../src/base/result.ts";
import { OutlierDetector } from "../../src/health/outlier.ts";
import { RetryBudget } from "../../src/proxy/retry-budget.ts";
import { Spared } from "../../src/shield/ban/spared.ts";
import { Borrower } from "../../src/shield/limit/borrower.ts";
import type { RegionId } from "../../src/table/region.ts";
import type { ResidencyRule } from "../../src/table/residency-rule.ts";
import { compileSnapshot, type Snapshot } from "../../src/table/snapshot.ts";
import { withoutAddresses } from "../../src/table/table.ts";
import { Observations } from "../../workers/edge/observations.ts";
import { SnapshotSource } from "../../workers/snapshot-source.ts";

/** A bug that is put into the production code for a run. */
export interface Mutant {
  readonly name: string;
  /** What must notice it. */
  readonly invariant: string;
  /** Where a seed alone would seldom bring it out. */
  readonly scenario?: Partial<Scenario>;
  /** Where a minute is too short for it. */
  readonly durationMs?: number;
  /** Puts it in; the answer takes it out again. */
  readonly infect: () => () => void;
}

/** A few regions are lost, and then nothing more happens. */
const brief: Partial<Scenario> = {
  faults: ["region-lost"],
  faultEveryMs: 4000,
  faultsUntilMs: 10_000,
  nodesPerRegion: 1,
  isolates: [{ colo: "IAD", site: "us-east-1" }],
  requestEveryMs: 3000,
  changeEveryMs: Number.POSITIVE_INFINITY,
};
const BRIEF_MS = 460_000;

/** One address that says it is others, a partner as loud as it in its network, and an operator who bans all the time. */
const siege = {
  faults: [],
  isolates: [{ colo: "IAD", site: "us-east-1" }],
  changeEveryMs: 500,
  attack: {
    words: "one address",
    service: "free",
    attackers: [{ client: newYork("attacker", "198.51.100.10"), way: 0, perSecond: 10 }],
    partners: [{ client: newYork("partner", "198.51.100.200"), way: 0, perSecond: 10 }],
    forges: true,
    startsAtMs: 3000,
    lastsMs: 15_000,
  },
} satisfies Partial<Scenario>;
const SIEGE_MS = 20_000;

/** The same, while nobody can reach the owners of buckets; and the attacker is loud. */
const cutOff: Partial<Scenario> = {
  ...siege,
  changeEveryMs: Number.POSITIVE_INFINITY,
  faults: ["owners-cut"],
  faultEveryMs: 500,
  attack: {
    ...siege.attack,
    attackers: siege.attack.attackers.map((attacker) => ({ ...attacker, perSecond: 60 })),
    partners: [],
    lastsMs: 6000,
  },
};

/** A botnet that stays below its limits, and then nothing. */
const raid: Partial<Scenario> = {
  ...siege,
  changeEveryMs: Number.POSITIVE_INFINITY,
  requestEveryMs: 100,
  attack: {
    ...siege.attack,
    attackers: Array.from({ length: 30 }, (_, i) => ({
      client: newYork(`attacker-${i}`, `198.51.100.${10 + i}`),
      way: 0,
      perSecond: 2,
    })),
    partners: [],
    startsAtMs: 30_000,
    lastsMs: 15_000,
  },
};
const RAID_MS = 300_000;

export const mutants: readonly Mutant[] = [
  {
    name: "a source that goes back to its first table",
    invariant: "the epoch never goes back at an edge",
    infect: () =>
      replace(SnapshotSource.prototype, "get", (get) => {
        const first = new WeakMap<SnapshotSource, Snapshot>();
        let looks = 0;
        return function (this: SnapshotSource, background) {
          const found = get.call(this, background);
          if (found instanceof Promise) return found;
          if (!first.has(this)) first.set(this, found);
          return ++looks % 10 === 0 ? (first.get(this) ?? found) : found;
        };
      }),
  },
  {
    name: "rules of residency that all permit one region more",
    invariant: "nothing is served outside the permitted set",
    infect: () =>
      replace(SnapshotSource.prototype, "get", (get) => {
        const widened = new WeakMap<Snapshot, Snapshot>();
        return function (this: SnapshotSource, background) {
          const found = get.call(this, background);
          if (found instanceof Promise) return found.then((value) => value && widen(value, widened));
          return widen(found, widened);
        };
      }),
  },
  {
    name: "a rollback that forgets the regions",
    invariant: "a rolled-back table is restored exactly",
    infect: () =>
      replace(
        RoutingTable.prototype,
        "rollback",
        (rollback) =>
          async function (this: RoutingTable, to, options) {
            const before = (await this.read()).table.regions;
            const done = await rollback.call(this, to, options);
            await this.apply({ regions: Object.fromEntries(before) }, options);
            return done;
          },
      ),
  },
  {
    name: "a table that does not store what it blacklists",
    invariant: "a rolled-back table is restored exactly",
    scenario: { faults: ["object-restart"], faultEveryMs: 2000 },
    infect: () =>
      replace(
        RoutingTable.prototype,
        "apply",
        (apply) =>
          async function (this: RoutingTable, patch, options) {
            const done = await apply.call(this, patch, options);
            // What the object has in memory is right; what a restart finds is not.
            if (done.ok && done.value.epoch > 1) forgetBlacklist(this);
            return done;
          },
      ),
  },
  {
    name: "a detector that ejects, and says that it has not",
    invariant: "an ejected backend gets no more than probes",
    infect: () => replace(OutlierDetector.prototype, "isEjected", () => () => false),
  },
  {
    name: "a table that says of failovers whose they are, and not that they keep nothing",
    invariant: "a failed-over region gets no traffic",
    scenario: { faults: ["region-lost"], faultEveryMs: 8000, requestEveryMs: 100 },
    infect: () =>
      replace(SnapshotSource.prototype, "get", (get) => {
        const blind = new WeakMap<Snapshot, Snapshot>();
        return function (this: SnapshotSource, background) {
          const found = get.call(this, background);
          if (found instanceof Promise) return found.then((value) => value && forgetFailovers(value, blind));
          return forgetFailovers(found, blind);
        };
      }),
  },
  {
    name: "a coordinator that brings nothing back",
    invariant: "each incident ends",
    scenario: brief,
    durationMs: BRIEF_MS,
    infect: () => replace(FailoverCoordinator.prototype, "alarm", () => async () => undefined),
  },
  {
    name: "a watch that closes no incident",
    invariant: "each incident ends",
    scenario: brief,
    durationMs: BRIEF_MS,
    infect: () =>
      replace(
        Incidents.prototype,
        "save",
        (save) =>
          function (this: Incidents, incident) {
            if (incident.closedAt === null) save.call(this, incident);
          },
      ),
  },
  {
    name: "a budget that grants every retry",
    invariant: "retries stay within their budget",
    infect: () => replace(RetryBudget.prototype, "take", () => () => true),
  },
  {
    name: "a table that withholds news from who has some",
    invariant: "an acknowledged change reaches every connected edge within 3 s",
    infect: () =>
      replace(
        RoutingTable.prototype,
        "snapshot",
        (snapshot) =>
          async function (this: RoutingTable, request) {
            const { have } = request;
            return have === null ? snapshot.call(this, request) : { kind: "unchanged", epoch: have };
          },
      ),
  },
  {
    name: "a set of networks that finds single addresses and no wider ones",
    invariant: "a banned address is never served",
    scenario: siege,
    durationMs: SIEGE_MS,
    infect: () =>
      replace(
        NetworkSet.prototype,
        "find",
        (find) =>
          function (this: NetworkSet, ip, now) {
            const found = find.call(this, ip, now);
            return found?.cidr.endsWith("/32") ? found : undefined;
          },
      ),
  },
  {
    name: "an edge that takes clients for whom they say they are",
    invariant: "a banned address is never served",
    scenario: siege,
    durationMs: SIEGE_MS,
    infect: () =>
      replace(
        Isolate.prototype,
        "answer",
        (answer) =>
          function (this: Isolate, request, cf, number) {
            const claimed = request.headers.get("X-Forwarded-For");
            if (claimed !== null) request.headers.set("CF-Connecting-IP", claimed);
            return answer.call(this, request, cf, number);
          },
      ),
  },
  {
    name: "a screen that knows no allowlist",
    invariant: "the allowlist is never banned",
    scenario: siege,
    durationMs: SIEGE_MS,
    infect: () =>
      replace(SnapshotSource.prototype, "get", (get) => {
        const strict = (snapshot: Snapshot): Snapshot => ({ ...snapshot, allowlist: NetworkSet.empty });
        return function (this: SnapshotSource, background) {
          const found = get.call(this, background);
          if (found instanceof Promise) return found.then((value) => value && strict(value));
          return strict(found);
        };
      }),
  },
  {
    name: "a mitigator that spares nobody",
    invariant: "the allowlist is never banned",
    scenario: siege,
    durationMs: SIEGE_MS,
    infect: () => replace(Spared.prototype, "by", () => () => null),
  },
  {
    name: "an edge that spends tokens that it has not",
    invariant: "all edges together keep a limit",
    scenario: { ...siege, changeEveryMs: Number.POSITIVE_INFINITY },
    durationMs: SIEGE_MS,
    infect: () => replace(Borrower.prototype, "takeAgain", () => () => "passed"),
  },
  {
    name: "an edge that lets all pass while nobody lends to it",
    invariant: "all edges together keep a limit",
    scenario: cutOff,
    durationMs: SIEGE_MS,
    infect: () => replace(Borrower.prototype, "takeAlone", () => () => true),
  },
  {
    name: "a table that says of a defence that it has ended, and keeps it",
    invariant: "each defence ends",
    scenario: raid,
    durationMs: RAID_MS,
    infect: () =>
      replace(
        RoutingTable.prototype,
        "setDefence",
        (setDefence) =>
          async function (this: RoutingTable, wish) {
            return wish.next === null ? ok({ epoch: 0 }) : setDefence.call(this, wish);
          },
      ),
  },
  {
    name: "a count of demand that takes every client's country for known",
    invariant: "no request crashes the edge",
    infect: () =>
      replace(
        Observations.prototype,
        "count",
        (count) =>
          function (this: Observations, service, place) {
            if (place.country === null) throw new TypeError("a country of null");
            return count.call(this, service, place);
          },
      ),
  },
];

function newYork(name: string, address: string): Client {
  const there = clients.find((client) => client.name === "new-york");
  if (!there) throw new Error("nobody is in New York");
  return { ...there, name, address };
}

function replace<T extends object, K extends keyof T>(owner: T, name: K, make: (original: T[K]) => T[K]): () => void {
  const original = owner[name];
  owner[name] = make(original);
  return () => {
    owner[name] = original;
  };
}

function widen(snapshot: Snapshot, kept: WeakMap<Snapshot, Snapshot>): Snapshot {
  let wide = kept.get(snapshot);
  if (!wide) {
    // The keys of the section are ids of regions.
    const all = [...snapshot.table.regions.keys()] as RegionId[];
    const rules = [...snapshot.table.residency].map(([id, { regions }]): [string, ResidencyRule] => {
      const more = all.filter((region) => !regions.includes(region)).slice(0, 1);
      return [id, { regions: [...regions, ...more] }];
    });
    wide = { ...snapshot, table: { ...snapshot.table, residency: new Map(rules) } };
    kept.set(snapshot, wide);
  }
  return wide;
}

/** What routing reads of the regions; what is shown of the table stays as it is. */
function forgetFailovers(snapshot: Snapshot, kept: WeakMap<Snapshot, Snapshot>): Snapshot {
  let blind = kept.get(snapshot);
  if (!blind) {
    const { epoch, table, health, learned } = snapshot;
    const whole = withoutAddresses(table);
    const compiled = compileSnapshot({
      epoch,
      table: whole,
      health,
      learned,
      failovers: new Map(),
      defences: new Map(),
    });
    const { blacklist, allowlist, bots, failovers } = snapshot;
    blind = { ...compiled, blacklist, allowlist, bots, failovers };
    kept.set(snapshot, blind);
  }
  return blind;
}

/** Through the object's own handle, as a bug in it would. */
function forgetBlacklist(object: RoutingTable): void {
  const { ctx } = object as unknown as { readonly ctx: DurableObjectState };
  ctx.storage.sql.exec("DELETE FROM entity WHERE section = 'blacklist'");
}
