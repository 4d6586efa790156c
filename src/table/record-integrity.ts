import type { RecordSet as DnsRecordSet } from "../dns/record-set.ts";
import { checkZone } from "../dns/zone-rules.ts";
import { type Fault, missing } from "./fault.ts";
import type { RecordSet } from "./record-set.ts";
import type { Table } from "./table.ts";
import { type Contents, contentsOf, type ReadSet, type ZoneContents } from "./zone-contents.ts";

/** Record sets that lie in no zone, break the rules of zones, or lead to what the table does not have. */
export function recordFaults(table: Table): Fault[] {
  const contents = contentsOf(table);
  return [...ownFaults(contents), ...[...table.records].flatMap(([id, set]) => danglingTargets(table, id, set))];
}

const kept = new WeakMap<Contents, readonly Fault[]>();

/** What zones and record sets alone have against them. */
function ownFaults(contents: Contents): readonly Fault[] {
  let faults = kept.get(contents);
  if (!faults) {
    faults = [
      ...contents.stray.map((id) => faultOf("outside-zones", id, [], "would lie in no zone of the table")),
      ...contents.faults.map(({ id, path, detail }) => faultOf("invalid", id, path, detail)),
      ...[...contents.zones.values()].flatMap(breaches),
    ];
    kept.set(contents, faults);
  }
  return faults;
}

/** That a zone has no name servers yet is no fault here: it is made before its records. */
function breaches({ apex, soa, sets }: ZoneContents): Fault[] {
  const checked = new Map(sets.map((read): [DnsRecordSet, string] => [shown(read), read.id]));
  return checkZone(apex, [soa, ...checked.keys()]).flatMap(({ set, message }) => {
    const id = set === null ? undefined : checked.get(set);
    return id === undefined ? [] : [faultOf("zone-breach", id, [], message)];
  });
}

/** A steered set as one client sees it: the values of one target. */
function shown({ source, set, values }: ReadSet): DnsRecordSet {
  if (source.policy === null) return set;
  const lists = [...values.values()].sort((a, b) => b.length - a.length);
  return { ...set, values: lists[0] ?? [] };
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
    ...unplaced.map((region) => faultOf("invalid", id, ["policy", "order"], `${region} is no target of it`)),
  ];
}

const faultOf = (code: Fault["code"], id: string, path: readonly string[], detail: string): Fault => ({
  code,
  at: ["records", id, ...path],
  about: null,
  detail: `records/${id}: ${detail}`,
});
