import { err, ok, type Result } from "../base/result.ts";
import { parseRdata } from "../dns/rdata/presentation.ts";
import type { Rdata } from "../dns/record-set.ts";
import { parseType } from "../dns/record-type.ts";
import { tokensOf } from "../dns/zone-file/tokenize.ts";

/** Reads one value of a record set: record data in presentation form, all names in full. The error says what is wrong. */
export function readValue(type: string, text: string): Result<Rdata, string> {
  const known = parseType(type);
  if (!known.ok) return known;
  const read = parseRdata(known.value, tokensOf(text));
  return read.ok ? ok(read.value) : err(`column ${read.error.column}: ${read.error.message}`);
}
