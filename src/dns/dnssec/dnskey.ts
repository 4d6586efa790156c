import type { Rdata } from "../record-set.ts";
import { join, readUint16, uint16 } from "./octets.ts";

/** ECDSA on P-256 with SHA-256 (RFC 6605): short signatures, and every validator knows it (RFC 8624). */
export const ECDSA_P256_SHA256 = 13;

/** Of the flags: a key of a zone, and one that the parent points at (RFC 4034, section 2.1.1). */
const ZONE = 0x0100;
const SECURE_ENTRY_POINT = 0x0001;
/** Taken back by its owner (RFC 5011, section 2.1). */
const REVOKED = 0x0080;
const PROTOCOL = 3;

/** x and y (RFC 6605, section 4). */
export const PUBLIC_KEY_BYTES = 64;

export type KeyRole = "ksk" | "zsk";

export interface Dnskey {
  readonly flags: number;
  readonly algorithm: number;
  readonly publicKey: Uint8Array;
}

/** A key's RDATA (RFC 4034, section 2.1). */
export const encodeDnskey = (role: KeyRole, publicKey: Uint8Array): Uint8Array<ArrayBuffer> =>
  join(
    uint16(role === "ksk" ? ZONE | SECURE_ENTRY_POINT : ZONE),
    Uint8Array.of(PROTOCOL, ECDSA_P256_SHA256),
    publicKey,
  );

/** `null` for what is no key of a zone. */
export function decodeDnskey(rdata: Rdata): Dnskey | null {
  if (rdata.length < 5 || rdata[2] !== PROTOCOL) return null;
  const flags = readUint16(rdata, 0);
  if ((flags & ZONE) === 0 || (flags & REVOKED) !== 0) return null;
  return { flags, algorithm: rdata[3] as number, publicKey: rdata.subarray(4) };
}

/** The key tag of RFC 4034, appendix B: a hint, not an identity. */
export function keyTag(rdata: Rdata): number {
  let sum = 0;
  for (const [i, octet] of rdata.entries()) sum += i % 2 === 0 ? octet << 8 : octet;
  return (sum + (sum >>> 16)) & 0xffff;
}
