import { parseType, type RecordType, typeName } from "../record-type.ts";
import type { WireReader } from "../wire/reader.ts";
import type { FieldCodec } from "./field.ts";

const WINDOW_TYPES = 256;
const MAX_WINDOW_BYTES = 32;

/** The types that are at a name (RFC 4034, section 4.1.2). */
export const types: FieldCodec = {
  parse(tokens, wire) {
    const listed: RecordType[] = [];
    while (tokens.left > 0) {
      const parsed = parseType(tokens.take().text);
      if (!parsed.ok) return parsed.error;
      listed.push(parsed.value);
    }
    wire.put(typeBitmap(listed));
    return null;
  },
  print: (reader) => readTypes(reader).map(typeName).join(" "),
};

/** Windows of 256 types, each with the bytes up to its last type; windows without types are left out. */
export function typeBitmap(listed: Iterable<RecordType>): Uint8Array {
  const windows = new Map<number, Uint8Array>();
  for (const type of [...listed].sort((a, b) => a - b)) {
    const number = Math.floor(type / WINDOW_TYPES);
    const window = windows.get(number) ?? new Uint8Array(MAX_WINDOW_BYTES);
    windows.set(number, window);
    window[(type % WINDOW_TYPES) >>> 3] = (window[(type % WINDOW_TYPES) >>> 3] as number) | (0x80 >>> (type % 8));
  }
  const bytes: number[] = [];
  for (const [number, window] of windows) {
    const length = window.findLastIndex((byte) => byte !== 0) + 1;
    bytes.push(number, length, ...window.subarray(0, length));
  }
  return Uint8Array.from(bytes);
}

function readTypes(reader: WireReader): RecordType[] {
  const found: RecordType[] = [];
  let windowBefore = -1;
  while (reader.left > 0) {
    const number = reader.u8();
    const window = reader.take(reader.u8());
    if (number <= windowBefore || window.length === 0 || window.length > MAX_WINDOW_BYTES) {
      reader.fail("no bitmap of types");
      return [];
    }
    windowBefore = number;
    for (let bit = 0; bit < window.length * 8; bit++)
      if (((window[bit >>> 3] as number) & (0x80 >>> (bit % 8))) !== 0) found.push(number * WINDOW_TYPES + bit);
  }
  return found;
}
