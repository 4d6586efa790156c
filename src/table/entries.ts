import { err, ok, type Result } from "../base/result.ts";
import type { Sliced } from "../base/sliced.ts";
import { fromUtf8, toUtf8 } from "../base/utf8.ts";
import { decodePart } from "./codec.ts";
import type { Entries, Part } from "./part.ts";

/**
 * A line ends after the entry with which it has so many, or so many characters: a line is what a reader parses in one
 * piece, and one entity is never more than a line.
 */
const LINE_ENTRIES = 32;
const LINE_CHARS = 32_768;
/** Of parsing one, and of checking it by its schema, in microseconds, before anything is compiled. */
const COST_OF_ENTRY = 4;
const COST_OF_CHECK = 30;
const LINE_END = 10;

/** Lines of JSON, `[[id, entity or null], …]` each. */
export function encodeEntries(entries: Entries): Uint8Array {
  const lines: string[] = [];
  let items: string[] = [];
  let chars = 0;
  const endLine = () => {
    lines.push(`[${items.join(",")}]\n`);
    items = [];
    chars = 0;
  };
  for (const entry of entries) {
    const item = JSON.stringify(entry);
    items.push(item);
    chars += item.length;
    if (items.length >= LINE_ENTRIES || chars >= LINE_CHARS) endLine();
  }
  if (items.length > 0) endLine();
  return toUtf8(lines.join(""));
}

/** `areChecked`: by the writer, with the same schemas. The error says what is wrong and where. */
export function* decodeEntries(part: Part, bytes: Uint8Array, areChecked: boolean): Sliced<Result<Entries, string>> {
  const entries = new Map<string, unknown>();
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(LINE_END, from);
    const to = end < 0 ? bytes.length : end;
    const pairs = parseLine(fromUtf8(bytes.subarray(from, to)));
    if (pairs === null) return err(`${part}: expected lines of pairs of id and entity`);
    for (const [id, entity] of pairs) {
      const read = entity === null || areChecked ? ok(entity) : decodePart(part, entity);
      if (!read.ok) return err(`${part}/${id}: ${read.error}`);
      entries.set(id, read.value);
    }
    yield pairs.length * (areChecked ? COST_OF_ENTRY : COST_OF_CHECK);
    from = to + 1;
  }
  return ok(entries);
}

function parseLine(text: string): readonly (readonly [string, unknown])[] | null {
  let pairs: unknown;
  try {
    pairs = JSON.parse(text);
  } catch {
    return null;
  }
  const isPair = (pair: unknown) => Array.isArray(pair) && typeof pair[0] === "string" && pair[1] !== undefined;
  return Array.isArray(pairs) && pairs.every(isPair) ? pairs : null;
}
