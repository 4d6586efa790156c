import { fromBase64, toBase64 } from "../../base/base64.ts";
import { WireReader } from "../wire/reader.ts";
import type { WireWriter } from "../wire/writer.ts";
import { parseIpv4, parseIpv6, printIpv4, printIpv6 } from "./addresses.ts";
import type { FieldCodec } from "./field.ts";
import { quote, stringBytes } from "./strings.ts";

/** How the value of one parameter is spelled; `null` for what is no value of it. */
interface ParameterCodec {
  readonly parse: (value: Uint8Array) => Uint8Array | null;
  readonly print: (value: WireReader) => string;
}

const MANDATORY = 0;
const ALPN = 1;
const NO_DEFAULT_ALPN = 2;

/** By number (RFC 9460, section 14.3.2; `dohpath` of RFC 9461, `ohttp` of RFC 9540). */
const KEYS = ["mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint", "dohpath", "ohttp"];

/** The parameters of SVCB and HTTPS: `key=value` in any order in text, by ascending number on the wire. */
export const parameters: FieldCodec = {
  parse(tokens, wire) {
    const values = new Map<number, Uint8Array>();
    while (tokens.left > 0) {
      const token = tokens.take();
      const equals = token.text.indexOf("=");
      const keyText = equals < 0 ? token.text : token.text.slice(0, equals);
      const key = token.isQuoted ? null : parseKey(keyText);
      if (key === null) return `expected a parameter such as alpn=h2, not ${keyText.slice(0, 60)}`;
      if (values.has(key)) return `${printKey(key)} is there twice`;
      const value = parseValue(key, equals < 0 ? null : token.text.slice(equals + 1));
      if (value === null) return `no value of ${printKey(key)}`;
      values.set(key, value);
    }
    const fault = checkKeys(values);
    if (fault === null) writeParameters(wire, values);
    return fault;
  },
  print(reader) {
    const printed: string[] = [];
    const values = new Map<number, Uint8Array>();
    let keyBefore = -1;
    while (reader.left > 0) {
      const key = reader.u16();
      const value = reader.take(reader.u16());
      const text = printValue(key, value);
      if (key <= keyBefore || text === null)
        reader.fail("a parameter of a service in the wrong order, or no value of it");
      keyBefore = key;
      values.set(key, value);
      printed.push(text === "" ? printKey(key) : `${printKey(key)}=${text}`);
    }
    if (checkKeys(values) !== null) reader.fail("parameters of a service that need others");
    return printed.join(" ");
  },
};

/** RFC 9460, sections 7.1 and 8. */
function checkKeys(values: ReadonlyMap<number, Uint8Array>): string | null {
  if (values.has(NO_DEFAULT_ALPN) && !values.has(ALPN)) return "no-default-alpn needs alpn";
  const mandatory = new WireReader(values.get(MANDATORY) ?? new Uint8Array());
  let before = MANDATORY;
  while (mandatory.left > 0) {
    const key = mandatory.u16();
    if (key <= before) return "mandatory names itself, or a parameter twice";
    if (!values.has(key)) return `mandatory names ${printKey(key)}, which is not there`;
    before = key;
  }
  return null;
}

function writeParameters(wire: WireWriter, values: ReadonlyMap<number, Uint8Array>): void {
  for (const [key, value] of [...values].sort(([a], [b]) => a - b)) {
    wire.u16(key);
    wire.u16(value.length);
    wire.put(value);
  }
}

const printKey = (key: number): string => KEYS[key] ?? `key${key}`;

function parseKey(text: string): number | null {
  const known = KEYS.indexOf(text.toLowerCase());
  if (known >= 0) return known;
  const number = /^key(0|[1-9]\d{0,4})$/i.exec(text)?.[1];
  // 65,535 is reserved as no key (section 14.3.2).
  return number !== undefined && Number(number) < 0xffff ? Number(number) : null;
}

function parseValue(key: number, text: string | null): Uint8Array | null {
  const codec = CODECS[key] ?? opaque;
  if (text === null) return codec === flag || codec === opaque ? new Uint8Array() : null;
  const inQuotes = /^"(.*)"$/s.exec(text)?.[1];
  const bytes = stringBytes({ text: inQuotes ?? text });
  return bytes === null ? null : codec.parse(bytes);
}

/** `null` where the bytes are no value of the key. */
function printValue(key: number, value: Uint8Array): string | null {
  const reader = new WireReader(value);
  const text = (CODECS[key] ?? opaque).print(reader);
  return reader.fault === null && reader.left === 0 ? text : null;
}

const opaque: ParameterCodec = {
  parse: (value) => value,
  print: (value) => (value.left === 0 ? "" : quote(value.take(value.left))),
};

const flag: ParameterCodec = { parse: (value) => (value.length === 0 ? value : null), print: () => "" };

const mandatory: ParameterCodec = {
  parse(value) {
    const keys = latin1(value).split(",").map(parseKey);
    if (keys.some((key) => key === null)) return null;
    const sorted = (keys as number[]).sort((a, b) => a - b);
    return Uint8Array.from(sorted.flatMap((key) => [key >>> 8, key & 0xff]));
  },
  print: (value) => printList(value, () => printKey(value.u16())),
};

/** Names of protocols, of 1 to 255 bytes; a comma or backslash in one is escaped once more (appendix A.1). */
const alpn: ParameterCodec = {
  parse(value) {
    const ids = latin1(value).match(/(?:\\[\\,]|[^\\,])+/g) ?? [];
    if (ids.join(",") !== latin1(value)) return null;
    const plain = ids.map((id) => id.replace(/\\(.)/gs, "$1"));
    if (plain.length === 0 || plain.some(({ length }) => length > 255)) return null;
    return Uint8Array.from(plain.flatMap((id) => [id.length, ...binary(id)]));
  },
  print(value) {
    const ids = printList(value, () => {
      const id = latin1(value.take(value.u8()));
      if (id === "") value.fail("a protocol without a name");
      return id.replace(/[\\,]/g, "\\$&");
    });
    return quote(binary(ids));
  },
};

const port: ParameterCodec = {
  parse(value) {
    const text = latin1(value);
    const number = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
    return number <= 0xffff ? Uint8Array.of(number >>> 8, number & 0xff) : null;
  },
  print: (value) => String(value.u16()),
};

const ech: ParameterCodec = {
  parse: (value) => (value.length === 0 ? null : fromBase64(latin1(value))),
  print: (value) => toBase64(value.take(Math.max(value.left, 1))),
};

const hints = (parse: (text: string) => Uint8Array | null, print: (reader: WireReader) => string): ParameterCodec => ({
  parse(value) {
    const addresses = latin1(value).split(",").map(parse);
    if (addresses.some((address) => address === null)) return null;
    return Uint8Array.from((addresses as Uint8Array[]).flatMap((address) => [...address]));
  },
  print: (value) => printList(value, () => print(value)),
});

const CODECS: readonly ParameterCodec[] = [
  mandatory,
  alpn,
  flag,
  port,
  hints(parseIpv4, printIpv4),
  ech,
  hints(parseIpv6, printIpv6),
  opaque,
  flag,
];

/** One item or more. */
function printList(value: WireReader, printOne: () => string): string {
  const items = [];
  do items.push(printOne());
  while (value.left > 0);
  return items.join(",");
}

const latin1 = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
const binary = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
