import {
  A,
  AAAA,
  ALIAS,
  CAA,
  CDNSKEY,
  CDS,
  CNAME,
  DNSKEY,
  DS,
  HINFO,
  HTTPS,
  MX,
  NAPTR,
  NS,
  NSEC,
  PTR,
  type RecordType,
  RRSIG,
  SOA,
  SRV,
  SSHFP,
  SVCB,
  TLSA,
  TXT,
} from "../record-type.ts";
import { ipv4, ipv6 } from "./addresses.ts";
import { domainName } from "./domain-name.ts";
import type { FieldCodec } from "./field.ts";
import { seconds, time, type, u8, u16, u32 } from "./numbers.ts";
import { parameters } from "./service-parameters.ts";
import { base64, hex, string, strings, tag, text } from "./strings.ts";
import { types } from "./type-bitmap.ts";

/** What stands at one place of record data. */
export type Field = keyof typeof CODECS;

/** From `strings` on they take all that is left. */
export const CODECS = {
  u8,
  u16,
  u32,
  seconds,
  time,
  type,
  name: domainName,
  ipv4,
  ipv6,
  string,
  tag,
  strings,
  text,
  hex,
  base64,
  types,
  parameters,
} as const satisfies Readonly<Record<string, FieldCodec>>;

const KEY: readonly Field[] = ["u16", "u8", "u8", "base64"];
const DIGEST: readonly Field[] = ["u16", "u8", "u8", "hex"];
const SERVICE: readonly Field[] = ["u16", "name", "parameters"];

/** The fields of each type's record data, in order. Types that are not here are bytes (RFC 3597). */
export const FORMATS: ReadonlyMap<RecordType, readonly Field[]> = new Map<RecordType, readonly Field[]>([
  [A, ["ipv4"]],
  [NS, ["name"]],
  [CNAME, ["name"]],
  [SOA, ["name", "name", "u32", "seconds", "seconds", "seconds", "seconds"]],
  [PTR, ["name"]],
  [HINFO, ["string", "string"]],
  [MX, ["u16", "name"]],
  [TXT, ["strings"]],
  [AAAA, ["ipv6"]],
  [SRV, ["u16", "u16", "u16", "name"]],
  [NAPTR, ["u16", "u16", "string", "string", "string", "name"]],
  [DS, DIGEST],
  [SSHFP, ["u8", "u8", "hex"]],
  [RRSIG, ["type", "u8", "u8", "u32", "time", "time", "u16", "name", "base64"]],
  [NSEC, ["name", "types"]],
  [DNSKEY, KEY],
  [TLSA, ["u8", "u8", "u8", "hex"]],
  [CDS, DIGEST],
  [CDNSKEY, KEY],
  [SVCB, SERVICE],
  [HTTPS, SERVICE],
  [CAA, ["u8", "tag", "text"]],
  [ALIAS, ["name"]],
]);

/** Of these, and of no newer types, names may be compressed (RFC 3597, section 4). */
export const COMPRESSED: ReadonlySet<RecordType> = new Set([NS, CNAME, SOA, PTR, MX]);
