import { emptyColumns } from "../base/network-columns.ts";
import { type AddressChange, addressChange, addressColumns } from "./address-columns.ts";
import type { AddressRule } from "./address-rule.ts";
import { type Entries, entriesOf, type Part, parts } from "./part.ts";
import { type AddressSection, addressSections, isAddressSection, isDnsSection, type PublishedTable } from "./table.ts";

/**
 * What a reader needs of the table: `routing` what requests are routed by, and of addresses only which and until when,
 * in columns; `dns` what names are answered by, which is the same without addresses and with zones; `rules` all of it;
 * `backends` these alone; `regions` these, the backends and the verdicts; `shield` what bans and defences depend on.
 */
export const scopes = ["routing", "dns", "rules", "backends", "regions", "shield"] as const;
export type Scope = (typeof scopes)[number];
/** The scopes of those who make decisions. */
export type SnapshotScope = Extract<Scope, "routing" | "dns">;
export type TableScope = Exclude<Scope, SnapshotScope>;

const partsByScope: Readonly<Record<Scope, readonly Part[]>> = {
  routing: parts.filter((part) => !isDnsSection(part)),
  dns: parts.filter((part) => !isAddressSection(part)),
  rules: parts,
  backends: ["backends"],
  regions: ["regions", "backends", "health"],
  shield: ["services", ...addressSections, "defences"],
};

export const partsOf = (scope: Scope): readonly Part[] => partsByScope[scope];

/** A table that is to follow on another, or to begin with. Parts that are not named have not changed. */
export interface Update {
  /** The epoch whose table it changes; `null` when it holds a whole table. */
  readonly from: number | null;
  readonly epoch: number;
  readonly entries: ReadonlyMap<Part, Entries>;
  readonly addresses: ReadonlyMap<AddressSection, AddressChange>;
}

/** Ids by part that may have changed since an epoch. More than have is no harm. */
export type Touched = ReadonlyMap<Part, ReadonlySet<string>>;

export function wholeUpdate(published: PublishedTable, scope: Scope): Update {
  const entries = new Map<Part, Entries>();
  const addresses = new Map<AddressSection, AddressChange>();
  for (const part of partsOf(scope)) {
    if (scope === "routing" && isAddressSection(part))
      addresses.set(part, { put: addressColumns(published.table[part]), drop: emptyColumns });
    else entries.set(part, entriesOf(published, part));
  }
  return { from: null, epoch: published.epoch, entries, addresses };
}

export function updateSince(from: number, touched: Touched, published: PublishedTable, scope: Scope): Update {
  const entries = new Map<Part, Entries>();
  const addresses = new Map<AddressSection, AddressChange>();
  for (const part of partsOf(scope)) {
    const ids = touched.get(part);
    if (!ids || ids.size === 0) continue;
    const all = entriesOf(published, part);
    const changed = new Map([...ids].map((id) => [id, all.get(id) ?? null] as const));
    if (scope === "routing" && isAddressSection(part))
      addresses.set(part, addressChange(changed as ReadonlyMap<string, AddressRule | null>));
    else entries.set(part, changed);
  }
  return { from, epoch: published.epoch, entries, addresses };
}
