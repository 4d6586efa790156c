import { decodeQuery } from "../../../src/dns/decode-query.ts";
import { type Name, parseName } from "../../../src/dns/name.ts";
import type { Query } from "../../../src/dns/query.ts";
import type { RecordSet } from "../../../src/dns/record-set.ts";
import { parseType } from "../../../src/dns/record-type.ts";
import { WireWriter } from "../../../src/dns/wire/writer.ts";
import { buildZone, type Zone, type Zones } from "../../../src/dns/zone.ts";
import { parseZoneFile } from "../../../src/dns/zone-file/parse-zone-file.ts";

export function name(text: string): Name {
  const parsed = parseName(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

export function setsOf(apex: string, text: string): readonly RecordSet[] {
  const parsed = parseZoneFile(text, { apex: name(apex), defaultTtlSeconds: 300 });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  return parsed.value;
}

/** Zones of their files, by apex. */
export function zonesOf(files: Readonly<Record<string, string>>): Zones {
  const zones = Object.entries(files).map(([apex, text]): [Name, Zone] => {
    const zone = buildZone(name(apex), setsOf(apex, text));
    if (!zone.ok) throw new Error(zone.error);
    return [name(apex), zone.value];
  });
  return new Map(zones);
}

interface Asked {
  readonly id?: number;
  readonly class?: number;
  readonly flags?: number;
  /** The content of an OPT record after its type; none without. */
  readonly opt?: readonly number[];
}

/** A packet that asks, with the name in the capitals that it is given in. */
export function packet(asked: string, type: string, { id = 0x1234, class: klass = 1, flags = 0, opt }: Asked = {}) {
  const writer = new WireWriter(1000);
  for (const word of [id, flags, 1, 0, 0, opt === undefined ? 0 : 1]) writer.u16(word);
  for (const label of asked.split(".").filter((part) => part !== "")) {
    writer.u8(label.length);
    writer.put(Uint8Array.from(label, (character) => character.charCodeAt(0)));
  }
  writer.u8(0);
  const number = parseType(type);
  if (!number.ok) throw new Error(number.error);
  writer.u16(number.value);
  writer.u16(klass);
  if (opt !== undefined) writer.put(Uint8Array.from([0, 0, 41, ...opt]));
  return writer.finish().slice();
}

/** What stands in OPT: payload size, version, flags, options. */
export function optOf({
  payloadBytes = 1232,
  version = 0,
  flags = 0,
  options = [],
}: {
  readonly payloadBytes?: number;
  readonly version?: number;
  readonly flags?: number;
  readonly options?: readonly [number, readonly number[]][];
} = {}): readonly number[] {
  const word = (value: number) => [value >>> 8, value & 0xff];
  const content = options.flatMap(([code, bytes]) => [...word(code), ...word(bytes.length), ...bytes]);
  return [...word(payloadBytes), 0, version, ...word(flags), ...word(content.length), ...content];
}

export function query(asked: string, type: string, options: Asked = {}): Query {
  const decoded = decodeQuery(packet(asked, type, options));
  if (!decoded.ok) throw new Error(decoded.error.reason);
  return decoded.value;
}
