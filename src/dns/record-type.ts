import { err, ok, type Result } from "../base/result.ts";

/** A type of records by its number in the registry of IANA, 0 to 65,535. */
export type RecordType = number;

/** The class of the Internet, the only one that is served. */
export const CLASS_IN = 1;

export const A = 1;
export const NS = 2;
export const CNAME = 5;
export const SOA = 6;
export const PTR = 12;
export const HINFO = 13;
export const MX = 15;
export const TXT = 16;
export const AAAA = 28;
export const SRV = 33;
export const NAPTR = 35;
export const DNAME = 39;
export const OPT = 41;
export const DS = 43;
export const SSHFP = 44;
export const RRSIG = 46;
export const NSEC = 47;
export const DNSKEY = 48;
export const TLSA = 52;
export const CDS = 59;
export const CDNSKEY = 60;
export const SVCB = 64;
export const HTTPS = 65;
/** It stands in NSEC bitmaps for a name that does not exist (RFC 9824, section 3.4). */
export const NXNAME = 128;
export const IXFR = 251;
export const AXFR = 252;
export const ANY = 255;
export const CAA = 257;
/**
 * The addresses of another name, given as the owner's own, for the apex, where CNAME may not stand. A private number
 * (RFC 6895, section 3.1), the one that PowerDNS has taken; it is never sent.
 */
export const ALIAS = 65_401;

const NUMBERS: Readonly<Record<string, RecordType>> = {
  A,
  NS,
  CNAME,
  SOA,
  PTR,
  HINFO,
  MX,
  TXT,
  AAAA,
  SRV,
  NAPTR,
  DNAME,
  OPT,
  DS,
  SSHFP,
  RRSIG,
  NSEC,
  DNSKEY,
  TLSA,
  CDS,
  CDNSKEY,
  SVCB,
  HTTPS,
  NXNAME,
  IXFR,
  AXFR,
  ANY,
  CAA,
  ALIAS,
};

const NAMES = new Map(Object.entries(NUMBERS).map(([name, number]) => [number, name]));

/** `MX`, or `TYPE65280` for a type without a name here (RFC 3597, section 5). */
export const typeName = (type: RecordType): string => NAMES.get(type) ?? `TYPE${type}`;

/** In any case; `TYPE65280` is read too. */
export function parseType(text: string): Result<RecordType, string> {
  const known = Object.hasOwn(NUMBERS, text.toUpperCase()) ? NUMBERS[text.toUpperCase()] : undefined;
  if (known !== undefined) return ok(known);
  const number = /^TYPE(\d{1,5})$/i.exec(text)?.[1];
  if (number !== undefined && Number(number) <= 0xffff) return ok(Number(number));
  return err(`no type of records: ${text.slice(0, 20)}`);
}

/** Whether records of a type can be: not those that are only asked for, or stand in the header (RFC 6895, section 3.1). */
export const isStored = (type: RecordType): boolean =>
  type !== 0 && type !== OPT && (type < NXNAME || type > ANY) && type !== 0xffff;
