import { fromHex, toHex } from "../../base/hex.ts";
import { err, ok, type Result } from "../../base/result.ts";
import type { Fault } from "../presentation/fault.ts";
import type { Tokens } from "../presentation/tokens.ts";
import type { Rdata } from "../record-set.ts";
import { isStored, type RecordType, typeName } from "../record-type.ts";
import { WireReader } from "../wire/reader.ts";
import { WireWriter } from "../wire/writer.ts";
import { CODECS, FORMATS } from "./format.ts";
import { MAX_RDATA_BYTES, readRdata } from "./read-rdata.ts";

/** Reads record data as zone files spell it, or in the form that all types have: `\# 4 c0000201` (RFC 3597, section 5). */
export function parseRdata(type: RecordType, tokens: Tokens): Result<Rdata, Fault> {
  if (!isStored(type)) return err(tokens.fault(`records of type ${typeName(type)} cannot be kept`));
  const first = tokens.peek();
  if (first?.text === "\\#" && !first.isQuoted) return parseOpaque(type, tokens);
  const format = FORMATS.get(type);
  if (format === undefined) return err(tokens.fault(`${typeName(type)} is given as bytes: \\# 4 c0000201`));
  const wire = new WireWriter(MAX_RDATA_BYTES);
  for (const field of format) {
    const expected = CODECS[field].parse(tokens, wire);
    if (expected !== null) return err(tokens.fault(expected));
  }
  if (tokens.left > 0) {
    const { text } = tokens.take();
    return err(tokens.fault(`more than a record of type ${typeName(type)} has: ${text.slice(0, 60)}`));
  }
  if (wire.isTooShort) return err(tokens.fault(`more than ${MAX_RDATA_BYTES} bytes`));
  return ok(wire.finish().slice());
}

/** As zone files spell it; names absolute. Bytes that are no record data of the type are printed as bytes. */
export function printRdata(type: RecordType, rdata: Rdata): string {
  const format = FORMATS.get(type);
  if (format === undefined) return printOpaque(rdata);
  const reader = new WireReader(rdata);
  const printed = format.map((field) => CODECS[field].print(reader)).filter((text) => text !== "");
  return reader.fault === null && reader.left === 0 ? printed.join(" ") : printOpaque(rdata);
}

function parseOpaque(type: RecordType, tokens: Tokens): Result<Rdata, Fault> {
  tokens.take();
  const length = tokens.take().text;
  if (!/^\d{1,5}$/.test(length)) return err(tokens.fault("expected the number of bytes"));
  const bytes = fromHex(tokens.takeJoined());
  if (bytes?.length !== Number(length)) return err(tokens.fault(`expected ${length} bytes in hexadecimal digits`));
  const reader = new WireReader(bytes);
  const rdata = readRdata(reader, type, bytes.length);
  if (rdata.length !== bytes.length) reader.fail("a name in it is compressed");
  return reader.fault === null ? ok(rdata) : err(tokens.fault(`no record of type ${typeName(type)}: ${reader.fault}`));
}

const printOpaque = (rdata: Rdata): string => `\\# ${rdata.length}${rdata.length > 0 ? ` ${toHex(rdata)}` : ""}`;
