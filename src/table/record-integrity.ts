import { isWithin } from "./domain-name.ts";
import type { Fault } from "./fault.ts";
import { missing } from "./fault.ts";
import { type RecordKey, type RecordSet, recordKeyOf, valueListsOf } from "./record-set.ts";
import type { Table } from "./table.ts";
import { zoneOf } from "./zone-of.ts";

/** Record sets that lie in no zone, contradict one another, or lead to what is not there. */
export function recordFaults(table: Table): Fault[] {
  const typesByOwner = new Map<string, Set<string>>();
  for (const id of table.records.keys()) {
    const { owner, type } = recordKeyOf(id);
    typesByOwner.set(owner, (typesByOwner.get(owner) ?? new Set()).add(type));
  }
  return [...table.records].flatMap(([id, set]): Fault[] => {
    const key = recordKeyOf(id);
    const zone = zoneOf(table.zones, key);
    if (zone === null) {
      const detail = `records/${id} would lie in no zone of the table`;
      return [{ code: "outside-zones", at: ["records", id], about: null, detail }];
    }
    return [
      ...conflicts(id, key, zone, typesByOwner.get(key.owner) ?? new Set()),
      ...danglingTargets(table, id, set),
      ...(key.type === "NS" ? nameServersWithoutGlue(table, id, key, set, zone) : []),
    ];
  });
}

/** RFC 1034, section 3.6.2: an alias has no other data. ALIAS stands for addresses, and so stands beside none. */
function conflicts(id: string, { owner, type }: RecordKey, zone: string, types: ReadonlySet<string>): Fault[] {
  const inTheWay = [...types].filter((other) =>
    type === "CNAME" ? other !== type : type === "ALIAS" && ["A", "AAAA"].includes(other),
  );
  const atApex = type === "CNAME" && owner === zone ? ["SOA"] : [];
  const detail = (other: string) => `${owner} cannot have ${type} and ${other}`;
  return [
    ...atApex.map(
      (other): Fault => ({ code: "record-conflict", at: ["records", id], about: null, detail: detail(other) }),
    ),
    ...inTheWay.map(
      (other): Fault => ({
        code: "record-conflict",
        at: ["records", id],
        about: ["records", `${owner}/${other}`],
        detail: detail(other),
      }),
    ),
  ];
}

function danglingTargets(table: Table, id: string, { policy }: RecordSet): Fault[] {
  if (policy === null) return [];
  const services = policy.service === null ? [] : [policy.service];
  const regions =
    policy.kind === "geolocation"
      ? [...Object.values(policy.countries), ...Object.values(policy.continents), policy.default].flatMap(
          ({ region }) => region ?? [],
        )
      : Object.keys(policy.targets);
  const unplaced = policy.kind === "failover" ? policy.order.filter((region) => !(region in policy.targets)) : [];
  return [
    ...missing(table, ["records", id, "policy", "service"], "services", services),
    ...missing(table, ["records", id, "policy"], "regions", regions),
    ...unplaced.map(
      (region): Fault => ({
        code: "invalid",
        at: ["records", id, "policy", "order", region],
        about: null,
        detail: `records/${id} orders ${region}, which is no target of it`,
      }),
    ),
  ];
}

/** A name server below the zone that it serves can be found only by an address given along (RFC 1034, section 4.2.1). */
function nameServersWithoutGlue(table: Table, id: string, { owner }: RecordKey, set: RecordSet, zone: string): Fault[] {
  const names = valueListsOf(set).flatMap(([, values]) => values.map(nameOf));
  const hasAddress = (name: string) => ["A", "AAAA", "ALIAS"].some((type) => table.records.has(`${name}/${type}`));
  return names
    .filter((name) => isWithin(name, owner === zone ? zone : owner) && !hasAddress(name))
    .map((name) => ({
      code: "missing-glue",
      at: ["records", id, "values", name],
      about: null,
      detail: `records/${id} names ${name}, which would have no address`,
    }));
}

const nameOf = (value: string) => value.toLowerCase().replace(/\.$/, "");
