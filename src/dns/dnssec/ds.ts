import { toHex } from "../../base/hex.ts";
import type { Name } from "../name.ts";
import type { Rdata } from "../record-set.ts";
import { canonicalOctets } from "./canonical-name.ts";
import type { DnssecCrypto } from "./crypto.ts";
import { keyTag } from "./dnskey.ts";
import { join, readUint16, uint16 } from "./octets.ts";

/** The one digest that has to be made (RFC 8624, section 3.3). */
export const DIGEST_SHA256 = 2;

/** What the parent says of a key of its child (RFC 4034, section 5.1). */
export interface Ds {
  readonly tag: number;
  readonly algorithm: number;
  readonly digestType: number;
  readonly digest: Uint8Array;
}

/** The DS of a key: a hash of its owner and RDATA (RFC 4034, section 5.1.4; RFC 4509). */
export async function dsOf(zone: Name, dnskey: Rdata, { sha256 }: Pick<DnssecCrypto, "sha256">): Promise<Ds> {
  const digest = await sha256(join(canonicalOctets(zone), dnskey));
  return { tag: keyTag(dnskey), algorithm: dnskey[3] as number, digestType: DIGEST_SHA256, digest };
}

export const encodeDs = ({ tag, algorithm, digestType, digest }: Ds): Rdata =>
  join(uint16(tag), Uint8Array.of(algorithm, digestType), digest);

/** `null` for what is no DS record. */
export function decodeDs(rdata: Rdata): Ds | null {
  if (rdata.length <= 4) return null;
  return {
    tag: readUint16(rdata, 0),
    algorithm: rdata[2] as number,
    digestType: rdata[3] as number,
    digest: rdata.subarray(4),
  };
}

/** As zone files and the forms of registrars have it: `12345 13 2 49FD…`. */
export const dsText = ({ tag, algorithm, digestType, digest }: Ds): string =>
  `${tag} ${algorithm} ${digestType} ${toHex(digest).toUpperCase()}`;
