import { err, ok, type Result } from "../base/result.ts";
import { fromUtf8, toUtf8 } from "../base/utf8.ts";

declare const canonical: unique symbol;

/**
 * A domain name in its one canonical spelling, so that equal names are equal strings: lower case (RFC 4343), absolute,
 * without the final dot; `.` is the root. What a zone file would take for syntax is escaped in labels, and bytes that do
 * not print are `\DDD` (RFC 1035, section 5.1). How a client spelled a name is kept with its question.
 */
export type Name = string & { readonly [canonical]: true };

export const ROOT = "." as Name;

/** RFC 1035, section 2.3.4: octets on the wire, with the length of each label and the root's. */
export const MAX_NAME_BYTES = 255;
export const MAX_LABEL_BYTES = 63;

/** How each octet is spelled in a canonical name. */
export const SPELLING: readonly string[] = Array.from({ length: 256 }, (_, octet) => {
  const character = String.fromCharCode(octet).toLowerCase();
  if (octet <= 0x20 || octet >= 0x7f) return `\\${String(octet).padStart(3, "0")}`;
  return '.\\"();@$'.includes(character) ? `\\${character}` : character;
});

/**
 * Reads a name as people write it. One without a final dot belongs to the origin, as does `@`; with `null` for the origin
 * every name is absolute. The error says what is wrong.
 */
export function parseName(text: string, origin: Name | null = null): Result<Name, string> {
  if (text === "@" && origin !== null) return ok(origin);
  if (text === ".") return ok(ROOT);
  const labels: string[] = [];
  let label = "";
  let labelBytes = 0;
  let isAbsolute = origin === null;
  const octets = octetsOf(text);
  if (octets === null) return err(`\\ needs a character or three digits up to 255 after it: ${text.slice(0, 60)}`);
  for (const [i, { octet, isEscaped }] of octets.entries()) {
    if (octet === DOT && !isEscaped) {
      if (labelBytes === 0) return err(`a label is empty: ${text.slice(0, 60)}`);
      labels.push(label);
      label = "";
      labelBytes = 0;
      if (i === octets.length - 1) isAbsolute = true;
    } else {
      label += SPELLING[octet];
      labelBytes += 1;
      if (labelBytes > MAX_LABEL_BYTES)
        return err(`a label has more than ${MAX_LABEL_BYTES} octets: ${text.slice(0, 60)}`);
    }
  }
  if (labelBytes > 0) labels.push(label);
  if (labels.length === 0) return err("a name is empty");
  const relative = labels.join(".") as Name;
  const name = isAbsolute || origin === null || origin === ROOT ? relative : (`${relative}.${origin}` as Name);
  if (wireLength(name) > MAX_NAME_BYTES) return err(`a name has more than ${MAX_NAME_BYTES} octets`);
  return ok(name);
}

/** The name with the final dot that makes it absolute in zone files. */
export const absolute = (name: Name): string => (name === ROOT ? ROOT : `${name}.`);

/** The labels from the left, as they are spelled; none for the root. */
export function labelsOf(name: Name): readonly string[] {
  if (name === ROOT) return [];
  if (!name.includes("\\")) return name.split(".");
  return name.match(/(?:\\\d{3}|\\.|[^.\\])+/gs) ?? [];
}

/** The name without its first label; the root's is the root. */
export function parentOf(name: Name): Name {
  const dot = firstDot(name);
  return dot <= 0 ? ROOT : (name.slice(dot + 1) as Name);
}

/** Whether a name is `ancestor` or below it. */
export function isWithin(name: Name, ancestor: Name): boolean {
  if (ancestor === ROOT || name === ancestor) return true;
  const start = name.length - ancestor.length;
  return start > 1 && name.endsWith(ancestor) && name[start - 1] === "." && !isEscapedAt(name, start - 1);
}

/** `*` below a name (RFC 4592, section 2.1.1). */
export const wildcardBelow = (name: Name): Name => (name === ROOT ? "*" : `*.${name}`) as Name;

export const isWildcard = (name: Name): boolean => name === "*" || name.startsWith("*.");

/** Octets that a name takes on the wire when it is not compressed. */
export function wireLength(name: Name): number {
  if (name === ROOT) return 1;
  if (!name.includes("\\")) return name.length + 2;
  return labelsOf(name).reduce((sum, label) => sum + 1 + (octetsOf(label)?.length ?? 0), 1);
}

/** The octets of a label as it is spelled. */
export function labelBytes(label: string): Uint8Array {
  if (!label.includes("\\")) return toUtf8(label);
  return Uint8Array.from(octetsOf(label) ?? [], ({ octet }) => octet);
}

/** The place of the first dot that ends a label; -1 when there is none. */
export function firstDot(name: string, from = 0): number {
  let dot = name.indexOf(".", from);
  while (dot > 0 && isEscapedAt(name, dot)) dot = name.indexOf(".", dot + 1);
  return dot;
}

const DOT = 0x2e;

/** Whether an odd number of backslashes stands before a place. `\\` in `\\.` is a backslash and then an end. */
function isEscapedAt(name: string, at: number): boolean {
  let from = at;
  while (from > 0 && name[from - 1] === "\\") from -= 1;
  return (at - from) % 2 === 1;
}

interface Octet {
  readonly octet: number;
  readonly isEscaped: boolean;
}

/** `null` where an escape is none. Characters beyond ASCII count as the octets of their UTF-8. */
export function octetsOf(text: string): readonly Octet[] | null {
  const octets: Octet[] = [];
  const bytes = toUtf8(text);
  for (let i = 0; i < bytes.length; i++) {
    const octet = bytes[i] as number;
    if (octet !== 0x5c) {
      octets.push({ octet, isEscaped: false });
      continue;
    }
    const digits = fromUtf8(bytes.subarray(i + 1, i + 4));
    if (/^\d/.test(digits)) {
      if (!/^\d{3}$/.test(digits) || Number(digits) > 255) return null;
      octets.push({ octet: Number(digits), isEscaped: true });
      i += 3;
    } else {
      const next = bytes[i + 1];
      if (next === undefined) return null;
      octets.push({ octet: next, isEscaped: true });
      i += 1;
    }
  }
  return octets;
}
