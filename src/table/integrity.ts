import type { Objection } from "./change.ts";
import { entityName } from "./entity-name.ts";
import { type Fault, missing } from "./fault.ts";
import { MAX_RATE_LIMITS_OF_SERVICE } from "./rate-limit.ts";
import { recordFaults } from "./record-integrity.ts";
import type { Service } from "./service.ts";
import type { Table } from "./table.ts";

/**
 * Everything that is wrong with a table whose entities are each well-formed. Reads neither address list, so the
 * cost does not depend on them.
 */
export function faultsOf(table: Table): Fault[] {
  return [
    ...danglingBackends(table),
    ...danglingPolicies(table),
    ...danglingServices(table),
    ...limitFaults(table),
    ...overLimited(table),
    ...duplicateRoutes(table),
    ...unservable(table),
    ...residencyFaults(table),
    ...danglingLatency(table),
    ...recordFaults(table),
  ];
}

function danglingBackends(table: Table): Fault[] {
  return [...table.backends].flatMap(([id, { region }]) =>
    missing(table, ["backends", id, "region"], "regions", [region]),
  );
}

function danglingPolicies(table: Table): Fault[] {
  return [...table.policies].flatMap(([id, policy]) =>
    policy.kind === "failover" ? missing(table, ["policies", id, "order"], "regions", policy.order) : [],
  );
}

function danglingServices(table: Table): Fault[] {
  return [...table.services].flatMap(([id, { policy, backends }]) => [
    ...missing(table, ["services", id, "policy"], "policies", [policy]),
    ...(backends === "all" ? [] : missing(table, ["services", id, "backends"], "backends", backends)),
  ]);
}

function limitFaults(table: Table): Fault[] {
  return [...table.limits].flatMap(([id, { services, cost, burst }]): Fault[] => [
    ...(services === "all" ? [] : missing(table, ["limits", id, "services"], "services", services)),
    ...(cost > burst ? [unaffordable(id, cost, burst)] : []),
  ]);
}

/** Each limit of a service is looked at on each of its requests. */
function overLimited(table: Table): Fault[] {
  const limits = [...table.limits.values()].map(({ services }) => services);
  return [...table.services.keys()].flatMap((id): Fault[] => {
    const count = limits.filter((services) => services === "all" || services.some((named) => named === id)).length;
    if (count <= MAX_RATE_LIMITS_OF_SERVICE) return [];
    const detail = `services/${id} would have ${count} shield policies; at most ${MAX_RATE_LIMITS_OF_SERVICE}`;
    return [{ code: "too-many", at: ["services", id], about: null, detail }];
  });
}

function unaffordable(id: string, cost: number, burst: number): Fault {
  const detail = `${entityName("limits", id)} would let nothing pass: a request costs ${cost}, and the bucket holds ${burst}`;
  return { code: "unaffordable", at: ["limits", id, "cost"], about: null, detail };
}

function danglingLatency(table: Table): Fault[] {
  return [...table.latency].flatMap(([source, row]) => [
    ...(source.startsWith("colo:") ? [] : missing(table, ["latency", source], "regions", [source])),
    ...Object.keys(row)
      .filter((target) => target !== source)
      .flatMap((target) => missing(table, ["latency", source, target], "regions", [target])),
  ]);
}

function residencyFaults(table: Table): Fault[] {
  return [...table.residency].flatMap(([id, { regions }]): Fault[] => {
    if (regions.some((region) => table.regions.has(region)))
      return missing(table, ["residency", id, "regions"], "regions", regions);
    const about = regions[0] === undefined ? null : (["regions", regions[0]] as const);
    const detail = `residency rule ${id} would name no region that exists`;
    return [{ code: "residency-without-region", at: ["residency", id, "regions"], about, detail }];
  });
}

/** Two services that answer the same host and path prefix. */
function duplicateRoutes(table: Table): Fault[] {
  const owners = new Map<string, string>();
  const faults: Fault[] = [];
  for (const [id, { hosts, pathPrefix }] of table.services) {
    for (const host of new Set(hosts)) {
      const route = `${host}${pathPrefix}`;
      const owner = owners.get(route);
      if (owner === undefined) owners.set(route, id);
      else faults.push(duplicateRoute(route, id, owner));
    }
  }
  return faults;
}

function duplicateRoute(route: string, id: string, owner: string): Fault {
  const detail = `services/${owner} and services/${id} both answer ${route}`;
  return { code: "duplicate-route", at: ["services", id, "hosts"], about: ["services", owner], detail };
}

/** Services that no request could be sent to. */
function unservable(table: Table): Fault[] {
  const all = new Map([...table.backends.keys()].map((id) => [id, shareOf(table, id)]));
  const wantOfAll = wantOf([...all.values()]);
  return [...table.services].flatMap(([id, { backends }]): Fault[] => {
    const want = backends === "all" ? wantOfAll : wantOf(backends.map((backend) => all.get(backend) ?? null));
    if (want === null) return [];
    return [{ code: want, at: ["services", id, "backends"], about: null, detail: `services/${id} ${inWords[want]}` }];
  });
}

const inWords = {
  "last-backend": "would have no backend that takes traffic",
  "weights-all-zero": "would have weight 0 at every backend that takes traffic",
} as const satisfies Partial<Record<Objection["code"], string>>;

/** Region weight times backend weight, 0 where the dial is; `null` where a backend takes no traffic whatever its weight. */
function shareOf(table: Table, id: string): number | null {
  const backend = table.backends.get(id);
  const region = backend && table.regions.get(backend.region);
  if (!region || backend.state === "disabled" || region.state === "maintenance") return null;
  return region.dialPercent === 0 ? 0 : region.weight * backend.weight;
}

function wantOf(shares: readonly (number | null)[]): keyof typeof inWords | null {
  if (shares.every((share) => share === null)) return "last-backend";
  return shares.some((share) => share !== null && share > 0) ? null : "weights-all-zero";
}

/** Whether a service could send traffic to a backend of this id. */
export function isMember(service: Service, backend: string): boolean {
  return service.backends === "all" || service.backends.some((id) => id === backend);
}
