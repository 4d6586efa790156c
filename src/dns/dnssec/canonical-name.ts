import { isWildcard, labelBytes, labelsOf, MAX_LABEL_BYTES, MAX_NAME_BYTES, type Name } from "../name.ts";
import { compareOctets, join } from "./octets.ts";

/** A name in the canonical form of RFC 4034, section 6.2: lower case, and without compression. */
export const canonicalOctets = (name: Name): Uint8Array => octetsOf(labelsOf(name).map(labelBytes));

const octetsOf = (labels: readonly Uint8Array[]) =>
  join(...labels.flatMap((label) => [Uint8Array.of(label.length), label]), Uint8Array.of(0));

/** Of the `labels` field of RRSIG: neither the root nor a leading `*` counts (RFC 4034, section 3.1.3). */
export const countLabels = (name: Name): number => labelsOf(name).length - (isWildcard(name) ? 1 : 0);

/** `*` below the last `count` labels: what the signature of a wildcard is of (RFC 4035, section 5.3.2). */
export const wildcardAbove = (name: Name, count: number): Name =>
  ["*", ...labelsOf(name).slice(labelsOf(name).length - count)].join(".") as Name;

/** The canonical order of names: by labels from the right, an absent one first (RFC 4034, section 6.1). */
export function compareNames(a: Name, b: Name): number {
  const [left, right] = [labelsOf(a).map(labelBytes), labelsOf(b).map(labelBytes)];
  for (let i = 1; i <= Math.min(left.length, right.length); i++) {
    const order = compareOctets(left[left.length - i] as Uint8Array, right[right.length - i] as Uint8Array);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/**
 * The octets of the name that comes next in the canonical order, so that nothing lies between: `\000` before the name
 * (RFC 9824, section 3.1), and where that would be too long what RFC 4471, section 3.1.2 has for it. Not for names
 * without a successor in their zone; of those made of 255 octets, only ones that are all `\255` lack it.
 */
export function successorOf(name: Name): Uint8Array {
  const labels = labelsOf(name).map(labelBytes);
  const octets = octetsOf(labels);
  if (octets.length + 2 <= MAX_NAME_BYTES) return join(Uint8Array.of(1, 0), octets);
  const [first, ...rest] = labels as [Uint8Array, ...Uint8Array[]];
  if (octets.length < MAX_NAME_BYTES && first.length < MAX_LABEL_BYTES)
    return octetsOf([join(first, Uint8Array.of(0)), ...rest]);
  return nextSibling(first, rest);
}

/** The least name after the label and all that is below it. */
function nextSibling(label: Uint8Array, parents: readonly Uint8Array[]): Uint8Array {
  const last = label.findLastIndex((octet) => octet !== 0xff);
  const [parent, ...rest] = parents;
  if (last < 0) return parent === undefined ? octetsOf([]) : nextSibling(parent, rest);
  const next = label.slice(0, last + 1);
  const octet = (label[last] as number) + 1;
  // Canonical names have no capitals.
  next[last] = octet === CAPITAL_A ? AFTER_CAPITALS : octet;
  return octetsOf([next, ...parents]);
}

const CAPITAL_A = 0x41;
const AFTER_CAPITALS = 0x5b;
