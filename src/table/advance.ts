import { mergeColumns } from "../base/network-columns.ts";
import { NetworkSet } from "../base/network-set.ts";
import { err, ok, type Result } from "../base/result.ts";
import type { Sliced } from "../base/sliced.ts";
import type { Defences } from "./defence.ts";
import type { Failovers } from "./failover.ts";
import type { Learned } from "./learned-row.ts";
import type { Entries, Part } from "./part.ts";
import { assembleSnapshot, type Snapshot } from "./snapshot.ts";
import {
  type AddressSection,
  addressSections,
  emptyTable,
  type Health,
  isAddressSection,
  isDnsSection,
  type PublishedTable,
  sectionNames,
  type Table,
} from "./table.ts";
import { partsOf, type Scope, type SnapshotScope, type TableScope, type Update } from "./update.ts";

/** The table after an update in the scope of `rules` or `backends`; `null` holds nothing yet. */
export function advanceTable(
  held: PublishedTable | null,
  update: Update,
  scope: TableScope,
): Result<PublishedTable, string> {
  const fault = faultOf(held, update, scope);
  if (fault !== null) return err(fault);
  const base = update.from === null || held === null ? nothing : held;
  return ok({ epoch: update.epoch, ...advanceEntries(base, update) });
}

/** The snapshot after an update in its scope; `null` holds nothing yet. What did not change is shared. */
export function* advanceSnapshot(
  held: Snapshot | null,
  update: Update,
  scope: SnapshotScope = "routing",
): Sliced<Result<Snapshot, string>> {
  const fault = faultOf(held, update, scope);
  if (fault !== null) return err(fault);
  const base = update.from === null ? null : held;
  const { table, ...observed } = advanceEntries(base ?? nothing, update);
  yield (table.backends.size + observed.health.size) * COST_OF_ENTRY;
  const lists: Partial<Record<AddressSection, NetworkSet>> = {};
  for (const list of addressSections) {
    const networks = yield* advanceAddresses(base, list, update);
    if (networks === null) return err(`${list}: the networks are not in order`);
    lists[list] = networks;
  }
  const { blacklist = NetworkSet.empty, allowlist = NetworkSet.empty, bots = NetworkSet.empty } = lists;
  return ok(yield* assembleSnapshot({ epoch: update.epoch, table, ...observed, blacklist, allowlist, bots }));
}

/** Of putting one into its map, in microseconds. */
const COST_OF_ENTRY = 0.5;

const nothing: PublishedTable = {
  epoch: 0,
  table: emptyTable,
  health: new Map(),
  learned: new Map(),
  failovers: new Map(),
  defences: new Map(),
};

/** Why the update cannot follow on what is held; `null` when it can. */
function faultOf(held: { readonly epoch: number } | null, update: Update, scope: Scope): string | null {
  const { from, epoch, entries, addresses } = update;
  if (held !== null && epoch < held.epoch) return `it is of epoch ${epoch}, before ${held.epoch}`;
  if (from !== null && held?.epoch !== from) return `it changes epoch ${from}, and ${held?.epoch ?? "none"} is held`;
  const inColumns = (part: Part) => scope === "routing" && isAddressSection(part);
  const strange = addressSections.find((list) => (inColumns(list) ? entries.has(list) : addresses.has(list)));
  if (strange !== undefined) return `${strange}: written for another scope than ${scope}`;
  if (from !== null) return null;
  const isThere = (part: Part) => (inColumns(part) ? addresses.has(part as AddressSection) : entries.has(part));
  const missing = partsOf(scope).find((part) => !isThere(part) && !isLater(part));
  return missing === undefined ? null : `${missing}: the block is missing`;
}

/** Parts that came later than the format: an older writer has none. */
const isLater = (part: Part): boolean => later.has(part) || isDnsSection(part);
const later: ReadonlySet<Part> = new Set(["learned", "failovers", "limits", "defences", "bots"]);

type Held = Omit<Snapshot | PublishedTable, "epoch"> & Pick<PublishedTable, Observed>;
type Observed = "health" | "learned" | "failovers" | "defences";

function advanceEntries(
  { table, health, learned, failovers, defences }: Held,
  { entries }: Update,
): Omit<PublishedTable, "epoch"> {
  const next: Record<string, Entries> = { ...table };
  for (const name of sectionNames) next[name] = advance(next[name] ?? new Map(), entries.get(name));
  // Each entity was read by its own section's schema.
  return {
    table: next as unknown as Table,
    health: advance(health, entries.get("health")) as Health,
    learned: advance(learned, entries.get("learned")) as Learned,
    failovers: advance(failovers, entries.get("failovers")) as Failovers,
    defences: advance(defences, entries.get("defences")) as Defences,
  };
}

function advance(held: Entries, changes: Entries | undefined): Entries {
  if (!changes) return held;
  const next = new Map(held);
  for (const [id, entity] of changes) {
    if (entity === null) next.delete(id);
    else next.set(id, entity);
  }
  return next;
}

function* advanceAddresses(
  base: Snapshot | null,
  list: AddressSection,
  { addresses }: Update,
): Sliced<NetworkSet | null> {
  const set = base?.[list] ?? NetworkSet.empty;
  const change = addresses.get(list);
  return change ? yield* NetworkSet.of(yield* mergeColumns(set.columns, change.put, change.drop)) : set;
}
