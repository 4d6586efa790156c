import type { Name } from "../name.ts";
import type { Rdata } from "../record-set.ts";
import type { RecordType } from "../record-type.ts";
import { canonicalOctets, countLabels, wildcardAbove } from "./canonical-name.ts";
import { compareOctets, join, uint16, uint32 } from "./octets.ts";

/** All records of one name and type, of class IN. */
export interface SignableSet {
  readonly name: Name;
  readonly type: RecordType;
  /** Seconds. */
  readonly ttl: number;
  readonly values: readonly Rdata[];
}

const IN = 1;

/**
 * A set as its signature sees it: in order and without repetitions (RFC 4034, sections 3.1.8.1 and 6.3), under the
 * wildcard that it came from where the signature has fewer `labels` than its name.
 */
export function canonicalRecords(set: SignableSet, originalTtl: number, labels: number): Uint8Array {
  const owner = labels < countLabels(set.name) ? wildcardAbove(set.name, labels) : set.name;
  const head = join(canonicalOctets(owner), uint16(set.type), uint16(IN), uint32(originalTtl));
  const parts: Uint8Array[] = [];
  let previous: Rdata | null = null;
  for (const rdata of [...set.values].sort(compareOctets)) {
    if (previous === null || compareOctets(previous, rdata) !== 0) parts.push(head, uint16(rdata.length), rdata);
    previous = rdata;
  }
  return join(...parts);
}
