import type { Name } from "../name.ts";
import type { Rdata } from "../record-set.ts";
import { ALIAS, CNAME, MX, NS, PTR, type RecordType, SRV } from "../record-type.ts";
import { WireReader } from "../wire/reader.ts";

/** Bytes before the name to which a record leads, of the types that lead to one. */
const NAME_AT: ReadonlyMap<RecordType, number> = new Map([
  [NS, 0],
  [CNAME, 0],
  [PTR, 0],
  [ALIAS, 0],
  [MX, 2],
  [SRV, 6],
]);

/** The name to which a record leads; `null` for types that lead to none. */
export function targetOf(type: RecordType, rdata: Rdata): Name | null {
  const at = NAME_AT.get(type);
  return at === undefined ? null : new WireReader(rdata, at).name();
}
