import { parseCidr } from "../base/ip.ts";
import { columnsOf, type Entry, mergeColumns, type NetworkColumns } from "../base/network-columns.ts";
import { atOnce } from "../base/sliced.ts";
import type { AddressRule } from "./address-rule.ts";
import type { Change } from "./change.ts";
import { addressSections, type Table } from "./table.ts";

/** What becomes of a list of addresses: networks that are new or end otherwise, and networks that are gone. */
export interface AddressChange {
  readonly put: NetworkColumns;
  readonly drop: NetworkColumns;
}

type Rules = ReadonlyMap<string, AddressRule>;

/** A map of rules is immutable, so its columns are made once. */
const columnsOfRules = new WeakMap<Rules, NetworkColumns>();

/** A list of addresses as routing needs it. */
export function addressColumns(rules: Rules): NetworkColumns {
  let columns = columnsOfRules.get(rules);
  if (!columns) {
    columns = columnsOf(entriesOf(rules));
    columnsOfRules.set(rules, columns);
  }
  return columns;
}

export function addressChange(changes: Iterable<readonly [cidr: string, rule: AddressRule | null]>): AddressChange {
  const put: [string, AddressRule][] = [];
  const drop: [string, null][] = [];
  for (const [cidr, rule] of changes) {
    if (rule === null) drop.push([cidr, null]);
    else put.push([cidr, rule]);
  }
  return { put: columnsOf(entriesOf(put)), drop: columnsOf(entriesOf(drop)) };
}

/** Makes the columns of `next`, which is `table` after `changes`, out of the old ones, where there are any. */
export function carryColumns(table: Table, next: Table, changes: readonly Change[]): void {
  for (const section of addressSections) {
    const columns = columnsOfRules.get(table[section]);
    if (!columns || next[section] === table[section]) continue;
    const own = changes.filter((change) => change.section === section);
    const { put, drop } = addressChange(own.map(({ id, after }) => [id, after as AddressRule | null]));
    columnsOfRules.set(next[section], atOnce(mergeColumns(columns, put, drop)));
  }
}

function* entriesOf(rules: Iterable<readonly [string, AddressRule | null]>): Iterable<Entry> {
  for (const [id, rule] of rules) {
    const cidr = parseCidr(id);
    if (cidr.ok) yield { cidr: cidr.value, endsAt: rule?.expiresAt ?? Number.POSITIVE_INFINITY };
  }
}
