import type { Name } from "../name.ts";
import type { Rdata } from "../record-set.ts";
import type { RecordType } from "../record-type.ts";
import { WireReader } from "../wire/reader.ts";
import { canonicalOctets } from "./canonical-name.ts";
import { canonicalRecords, type SignableSet } from "./canonical-set.ts";
import { join, uint16, uint32 } from "./octets.ts";

/** What a signature says of itself (RFC 4034, section 3.1). */
export interface RrsigFields {
  readonly typeCovered: RecordType;
  readonly algorithm: number;
  /** Of the owner; fewer than it has say that it came from a wildcard. */
  readonly labels: number;
  /** Seconds. */
  readonly originalTtl: number;
  /** Unix seconds modulo 2³². */
  readonly expiration: number;
  /** Unix seconds modulo 2³². */
  readonly inception: number;
  readonly keyTag: number;
  /** The apex of the zone whose key made it. */
  readonly signer: Name;
}

export interface Rrsig extends RrsigFields {
  readonly signature: Uint8Array;
}

/** The RDATA up to the signature: also the beginning of what is signed. */
export const encodeFields = (fields: RrsigFields): Uint8Array =>
  join(
    uint16(fields.typeCovered),
    Uint8Array.of(fields.algorithm, fields.labels),
    uint32(fields.originalTtl),
    uint32(fields.expiration),
    uint32(fields.inception),
    uint16(fields.keyTag),
    canonicalOctets(fields.signer),
  );

/** What is signed (RFC 4034, section 3.1.8.1). */
export const signedOctets = (fields: RrsigFields, set: SignableSet): Uint8Array =>
  join(encodeFields(fields), canonicalRecords(set, fields.originalTtl, fields.labels));

/** `null` for what is no RRSIG. */
export function decodeRrsig(rdata: Rdata): Rrsig | null {
  const reader = new WireReader(rdata);
  const fields: RrsigFields = {
    typeCovered: reader.u16(),
    algorithm: reader.u8(),
    labels: reader.u8(),
    originalTtl: reader.u32(),
    expiration: reader.u32(),
    inception: reader.u32(),
    keyTag: reader.u16(),
    signer: reader.name(),
  };
  const signature = reader.take(reader.left);
  return reader.fault === null ? { ...fields, signature } : null;
}

/** Whether Unix seconds lie in the signature's time, by serial arithmetic (RFC 4034, section 3.1.5). */
export const isCurrent = ({ inception, expiration }: RrsigFields, nowSeconds: number): boolean =>
  ((nowSeconds - inception) | 0) >= 0 && ((expiration - nowSeconds) | 0) >= 0;
