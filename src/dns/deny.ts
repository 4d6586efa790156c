import type { Name } from "./name.ts";
import { A, AAAA, ALIAS, type RecordType, SOA } from "./record-type.ts";
import type { Response } from "./response.ts";
import type { Zone, ZoneNode } from "./zone.ts";

/** The sections that say that a name, or the type at it, is not there: the SOA, for as long as this holds (RFC 2308). */
export function deny(
  zone: Zone,
  name: Name,
  types: readonly RecordType[] | null,
): Pick<Response, "authority" | "denial"> {
  const { apex, soa, negativeTtl: ttl } = zone;
  return {
    authority: [{ name: apex, type: SOA, ttl, values: soa.values, zone: apex }],
    denial: { zone: apex, name, types: types ?? [], exists: types !== null, ttl },
  };
}

/** What is at a node, but for a type that is not: an alias makes addresses. */
export function typesBeside(absent: RecordType, { sets }: ZoneNode): readonly RecordType[] {
  const types = [...sets.keys()].flatMap((type) => (type === ALIAS ? [A, AAAA] : [type]));
  return types.filter((type) => type !== absent);
}
