import { typeBitmap } from "../rdata/type-bitmap.ts";
import { NSEC, NXNAME, type RecordType, RRSIG } from "../record-type.ts";
import type { Denial, Rrset } from "../response.ts";
import { successorOf } from "./canonical-name.ts";
import { join } from "./octets.ts";

/**
 * Compact denial of existence (RFC 9824): one NSEC at the very name, which says what is there and that nothing lies
 * between it and its immediate successor. A name that does not exist has the type NXNAME alone, so that one signature
 * denies it and every wildcard above it, and nobody can walk the zone; an empty non-terminal has none.
 */
export function denialSet({ zone, name, types, exists, ttl }: Denial, asked: RecordType): Rrset {
  const there = exists ? types.filter((type) => type !== asked) : [NXNAME];
  const values = [join(successorOf(name), typeBitmap([...there, RRSIG, NSEC]))];
  return { name, type: NSEC, ttl, values, zone };
}
