import { absolute, labelsOf, type Name } from "../name.ts";
import { printRdata } from "../rdata/presentation.ts";
import type { RecordSet } from "../record-set.ts";
import { NS, type RecordType, SOA, typeName } from "../record-type.ts";

/** A zone file that `parseZoneFile` reads back to the same sets: the apex first, and of each name SOA and NS first. */
export function printZoneFile(apex: Name, sets: readonly RecordSet[]): string {
  const lines = [`$ORIGIN ${absolute(apex)}`];
  for (const { owner, type, ttl, values } of [...sets].sort(compareSets))
    for (const value of values)
      lines.push(`${printOwner(owner, apex)} ${ttl} IN ${typeName(type)} ${printRdata(type, value)}`);
  return `${lines.join("\n")}\n`;
}

function printOwner(owner: Name, apex: Name): string {
  if (owner === apex) return "@";
  const below = labelsOf(owner).slice(0, -labelsOf(apex).length || undefined);
  return below.join(".");
}

function compareSets(a: RecordSet, b: RecordSet): number {
  return compareNames(a.owner, b.owner) || rankOf(a.type) - rankOf(b.type) || a.type - b.type;
}

const rankOf = (type: RecordType): number => (type === SOA ? 0 : type === NS ? 1 : 2);

/** From the right, label by label, so that what is below a name comes after it. */
function compareNames(a: Name, b: Name): number {
  const [ofA, ofB] = [labelsOf(a).toReversed(), labelsOf(b).toReversed()];
  for (const [i, label] of ofA.entries()) {
    const other = ofB[i];
    if (other === undefined) return 1;
    if (label !== other) return label < other ? -1 : 1;
  }
  return ofA.length - ofB.length;
}
