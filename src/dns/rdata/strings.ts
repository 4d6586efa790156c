import { fromBase64, toBase64 } from "../../base/base64.ts";
import { fromHex, toHex } from "../../base/hex.ts";
import { octetsOf } from "../name.ts";
import type { Token } from "../presentation/tokens.ts";
import type { FieldCodec } from "./field.ts";

/** A character-string has its length in one byte (RFC 1035, section 3.3). */
const MAX_STRING_BYTES = 255;
const EXPECTED_STRING = `expected a string of at most ${MAX_STRING_BYTES} bytes, in quotes where it has blanks`;

export const string: FieldCodec = {
  parse(tokens, wire) {
    const bytes = tokens.left > 0 ? stringBytes(tokens.take()) : null;
    if (bytes === null || bytes.length > MAX_STRING_BYTES) return EXPECTED_STRING;
    wire.u8(bytes.length);
    wire.put(bytes);
    return null;
  },
  print: (reader) => quote(reader.take(reader.u8())),
};

/** One string or more (TXT). */
export const strings: FieldCodec = {
  parse(tokens, wire) {
    do {
      const fault = string.parse(tokens, wire);
      if (fault !== null) return fault;
    } while (tokens.left > 0);
    return null;
  },
  print(reader) {
    const printed = [];
    do printed.push(string.print(reader));
    while (reader.left > 0);
    return printed.join(" ");
  },
};

/** The property of a CAA record (RFC 8659, section 4.1). */
export const tag: FieldCodec = {
  parse(tokens, wire) {
    const { text } = tokens.take();
    if (!/^[a-z0-9]{1,255}$/i.test(text)) return "expected a property of letters and digits, such as issue";
    wire.u8(text.length);
    for (const character of text) wire.u8(character.charCodeAt(0));
    return null;
  },
  print(reader) {
    const text = String.fromCharCode(...reader.take(reader.u8()));
    if (!/^[a-z0-9]+$/i.test(text)) reader.fail("a property of other characters");
    return text;
  },
};

/** A string without its length, to the end (the value of CAA). */
export const text: FieldCodec = {
  parse(tokens, wire) {
    const bytes = tokens.left > 0 ? stringBytes(tokens.take()) : null;
    if (bytes === null) return "expected a string, in quotes where it has blanks";
    wire.put(bytes);
    return null;
  },
  print: (reader) => quote(reader.take(reader.left)),
};

export const hex: FieldCodec = {
  parse(tokens, wire) {
    const bytes = fromHex(tokens.takeJoined());
    if (bytes === null || bytes.length === 0) return "expected hexadecimal digits, two a byte";
    wire.put(bytes);
    return null;
  },
  print: (reader) => toHex(reader.take(reader.left)),
};

export const base64: FieldCodec = {
  parse(tokens, wire) {
    const bytes = fromBase64(tokens.takeJoined());
    if (bytes === null || bytes.length === 0) return "expected base64";
    wire.put(bytes);
    return null;
  },
  print: (reader) => toBase64(reader.take(reader.left)),
};

/** `null` for bad escapes, and for a quote that stands in a word. */
export function stringBytes({ text }: Pick<Token, "text">): Uint8Array | null {
  const octets = octetsOf(text);
  if (octets === null || octets.some(({ octet, isEscaped }) => octet === 0x22 && !isEscaped)) return null;
  return Uint8Array.from(octets, ({ octet }) => octet);
}

/** In quotes, with what does not print as `\DDD` (RFC 1035, section 5.1). */
export function quote(bytes: Uint8Array): string {
  let quoted = "";
  for (const byte of bytes) {
    if (byte < 0x20 || byte > 0x7e) quoted += `\\${String(byte).padStart(3, "0")}`;
    else quoted += byte === 0x22 || byte === 0x5c ? `\\${String.fromCharCode(byte)}` : String.fromCharCode(byte);
  }
  return `"${quoted}"`;
}
