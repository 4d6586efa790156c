import { type Ip, ipOfWords, parseIp } from "../../base/ip.ts";
import type { WireReader } from "../wire/reader.ts";
import type { FieldCodec } from "./field.ts";

export const ipv4: FieldCodec = {
  parse(tokens, wire) {
    const bytes = parseIpv4(tokens.take().text);
    if (bytes === null) return "expected an IPv4 address";
    wire.put(bytes);
    return null;
  },
  print: printIpv4,
};

export const ipv6: FieldCodec = {
  parse(tokens, wire) {
    const bytes = parseIpv6(tokens.take().text);
    if (bytes === null) return "expected an IPv6 address";
    wire.put(bytes);
    return null;
  },
  print: printIpv6,
};

export function parseIpv4(text: string): Uint8Array | null {
  const ip = parseIp(text);
  return ip?.family === 4 && !text.includes(":") ? bytesOf([ip.word]) : null;
}

/** A v4-mapped address stays what it is written as: a record of type AAAA holds 16 bytes. */
export function parseIpv6(text: string): Uint8Array | null {
  const ip: Ip | undefined = parseIp(text);
  if (ip === undefined || !text.includes(":")) return null;
  return bytesOf(ip.family === 6 ? ip.words : [0, 0, 0xffff, ip.word]);
}

export function printIpv4(reader: WireReader): string {
  return ipOfWords([reader.u32()]).text;
}

/** As RFC 5952 has it. */
export function printIpv6(reader: WireReader): string {
  return ipOfWords([reader.u32(), reader.u32(), reader.u32(), reader.u32()]).text;
}

function bytesOf(words: readonly number[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(words.length * 4));
  for (const [i, word] of words.entries()) bytes.setUint32(i * 4, word);
  return new Uint8Array(bytes.buffer);
}
