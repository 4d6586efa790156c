import type { Rdata } from "../record-set.ts";
import type { RecordType } from "../record-type.ts";
import { WireReader } from "../wire/reader.ts";
import { WireWriter } from "../wire/writer.ts";
import { CODECS, type Field, FORMATS } from "./format.ts";

/** The length of record data is in two bytes (RFC 1035, section 3.2.1). */
export const MAX_RDATA_BYTES = 65_535;

/**
 * Reads record data of `length` bytes out of a message: names in it are written out, in lower case. Where it is none of
 * its type, the reader has a fault afterwards.
 */
export function readRdata(reader: WireReader, type: RecordType, length: number): Rdata {
  const format = FORMATS.get(type);
  if (!format?.includes("name")) {
    const rdata = reader.take(length).slice();
    if (!isOfType(type, rdata)) reader.fail("record data of another type");
    return rdata;
  }
  if (length > reader.left) {
    reader.fail("cut off");
    return new Uint8Array();
  }
  const messageEnd = reader.end;
  const rdataEnd = reader.at + length;
  reader.end = rdataEnd;
  const plain = new WireWriter(MAX_RDATA_BYTES);
  for (const field of format) {
    if (field === "name") plain.plainName(reader.name());
    else plain.put(reader.take(sizeOf(field, reader)));
  }
  if (reader.at !== rdataEnd) reader.fail("record data with more than its fields");
  reader.end = messageEnd;
  if (reader.fault !== null) return new Uint8Array();
  const rdata = plain.finish().slice();
  if (!isOfType(type, rdata)) reader.fail("record data of another type");
  return rdata;
}

/** Whether the bytes are record data of a type. Of a type without a format all bytes are. */
export function isOfType(type: RecordType, rdata: Rdata): boolean {
  const format = FORMATS.get(type);
  if (format === undefined) return true;
  const reader = new WireReader(rdata);
  for (const field of format) CODECS[field].print(reader);
  return reader.fault === null && reader.left === 0;
}

/** Bytes of a field that stands beside names. */
function sizeOf(field: Field, reader: WireReader): number {
  switch (field) {
    case "u8":
      return 1;
    case "u16":
    case "type":
      return 2;
    case "u32":
    case "seconds":
    case "time":
    case "ipv4":
      return 4;
    case "ipv6":
      return 16;
    case "string":
    case "tag":
      return 1 + (reader.bytes[reader.at] ?? 0);
    case "name":
    case "strings":
    case "text":
    case "hex":
    case "base64":
    case "types":
    case "parameters":
      return reader.left;
  }
}
