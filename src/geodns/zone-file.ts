import { err, ok, type Result } from "../base/result.ts";
import { parseName } from "../dns/name.ts";
import type { Fault } from "../dns/presentation/fault.ts";
import { printRdata } from "../dns/rdata/presentation.ts";
import type { RecordSet } from "../dns/record-set.ts";
import { SOA, typeName } from "../dns/record-type.ts";
import { parseZoneFile } from "../dns/zone-file/parse-zone-file.ts";
import { printZoneFile } from "../dns/zone-file/print-zone-file.ts";
import type { Table } from "../table/table.ts";
import { contentsOf } from "../table/zone-contents.ts";

/** What a zone without one of its own has. */
const DEFAULT_TTL_SECONDS = 300;

type Patch = Readonly<Record<"zones" | "records", Readonly<Record<string, unknown>>>>;

/**
 * The merge patch that brings a zone file into the table. With `replace` record sets that the file does not have go, but
 * for those that are steered, which no zone file can hold; one that the file has is no longer steered.
 */
export function importZone(
  table: Pick<Table, "zones" | "records">,
  zone: string,
  text: string,
  replace: boolean,
): Result<Patch, readonly Fault[]> {
  const apex = parseName(zone);
  if (!apex.ok) return err([{ line: 1, column: 1, message: apex.error }]);
  const defaultTtlSeconds = table.zones.get(zone)?.ttlSeconds ?? DEFAULT_TTL_SECONDS;
  const sets = parseZoneFile(text, { apex: apex.value, defaultTtlSeconds });
  if (!sets.ok) return sets;
  const records = new Map<string, unknown>();
  if (replace)
    for (const { id, source } of contentsOf(table).zones.get(zone)?.sets ?? [])
      if (source.policy === null) records.set(id, null);
  let authority: RecordSet | undefined;
  for (const set of sets.value) {
    if (set.type === SOA) authority = set;
    else records.set(`${set.owner}/${typeName(set.type)}`, toEntity(set, defaultTtlSeconds));
  }
  return ok({ zones: { [zone]: authority ? toZone(authority) : {} }, records: Object.fromEntries(records) });
}

/** A zone as a zone file, which says of steered record sets no more than that they are there. `null`: there is none. */
export function exportZone(table: Pick<Table, "zones" | "records">, zone: string): string | null {
  const contents = contentsOf(table).zones.get(zone);
  if (!contents) return null;
  const plain = contents.sets.filter(({ source }) => source.policy === null).map(({ set }) => set);
  const steered = contents.sets.flatMap(({ id, source }) =>
    source.policy === null ? [] : [`; ${id} is steered by ${source.policy.kind}, which no zone file can say`],
  );
  return [printZoneFile(contents.apex, [contents.soa, ...plain]), ...steered.map((line) => `${line}\n`)].join("");
}

const toEntity = ({ type, ttl, values }: RecordSet, defaultTtlSeconds: number) => ({
  ttlSeconds: ttl === defaultTtlSeconds ? null : ttl,
  values: values.map((value) => printRdata(type, value)),
  policy: null,
});

/** What the fields are is for the zone's schema to check. */
function toZone({ values }: RecordSet) {
  const [primary = "", contact = "", ...numbers] = values.flatMap((value) => printRdata(SOA, value).split(" "));
  const [serial, refreshSeconds, retrySeconds, expireSeconds, negativeTtlSeconds] = numbers.map(Number);
  const intervals = { refreshSeconds, retrySeconds, expireSeconds, negativeTtlSeconds };
  return { primary: withoutDot(primary), contact: withoutDot(contact), serial, ...intervals };
}

const withoutDot = (name: string) => name.replace(/\.$/, "");
