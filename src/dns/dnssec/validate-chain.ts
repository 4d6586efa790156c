import { err, ok, type Result } from "../../base/result.ts";
import type { Name } from "../name.ts";
import type { Rdata } from "../record-set.ts";
import { DNSKEY, DS } from "../record-type.ts";
import type { SignableSet } from "./canonical-set.ts";
import type { DnssecCrypto } from "./crypto.ts";
import { decodeDnskey, ECDSA_P256_SHA256 } from "./dnskey.ts";
import { DIGEST_SHA256, type Ds, decodeDs, dsOf } from "./ds.ts";
import { sameOctets } from "./octets.ts";
import { type Unverified, verifySet } from "./verify-set.ts";

/** A set and the RDATA of the signatures that came with it. */
export interface WithSignatures {
  readonly set: SignableSet;
  readonly rrsigs: readonly Rdata[];
}

/** A zone on the way down: its keys, and the DS of the next one; `null` in the last. */
export interface ChainLink {
  readonly zone: Name;
  readonly dnskey: WithSignatures;
  readonly ds: WithSignatures | null;
}

/** Where a chain of trust breaks. */
export type BrokenChain = { readonly zone: Name } & (
  | { readonly kind: "no-links" }
  /** No DS is of an algorithm and a digest that are known here: a validator takes the zone as unsigned. */
  | { readonly kind: "insecure" }
  /** No key has the hash that the parent says. */
  | { readonly kind: "no-key-of-ds"; readonly tags: readonly number[] }
  | { readonly kind: "keys-unverified"; readonly reason: Unverified }
  | { readonly kind: "ds-unverified"; readonly reason: Unverified }
);

/** The last zone of a chain that holds, and the keys that its sets are to be checked against. */
export interface TrustedZone {
  readonly zone: Name;
  readonly dnskeys: readonly Rdata[];
}

/**
 * Follows a chain of trust from the DS of its first zone, which is believed, down to the last (RFC 4035, section 5).
 * `nowSeconds` is in Unix seconds.
 */
export async function validateChain(
  anchor: readonly Rdata[],
  links: readonly ChainLink[],
  nowSeconds: number,
  crypto: DnssecCrypto,
): Promise<Result<TrustedZone, BrokenChain>> {
  let trusted: Result<TrustedZone, BrokenChain> = err({ kind: "no-links", zone: "." as Name });
  let delegation = anchor;
  for (const { zone, dnskey, ds } of links) {
    trusted = await trustKeys(zone, delegation, dnskey, nowSeconds, crypto);
    if (!trusted.ok || ds === null) return trusted;
    const verified = await verifySet({ ...ds.set, type: DS }, ds.rrsigs, trusted.value, nowSeconds, crypto);
    if (!verified.ok) return err({ kind: "ds-unverified", zone, reason: verified.error });
    delegation = ds.set.values;
  }
  return trusted;
}

/** The keys of a zone, when one that the parent points at has signed them all. */
async function trustKeys(
  zone: Name,
  delegation: readonly Rdata[],
  { set, rrsigs }: WithSignatures,
  nowSeconds: number,
  crypto: DnssecCrypto,
): Promise<Result<TrustedZone, BrokenChain>> {
  const known = delegation.map(decodeDs).filter((ds) => ds !== null && isKnown(ds));
  if (known.length === 0) return err({ kind: "insecure", zone });
  const entries: Rdata[] = [];
  for (const rdata of set.values) {
    if (decodeDnskey(rdata) === null) continue;
    const own = await dsOf(zone, rdata, crypto);
    if (known.some((ds) => ds !== null && isSame(ds, own))) entries.push(rdata);
  }
  if (entries.length === 0)
    return err({ kind: "no-key-of-ds", zone, tags: known.flatMap((ds) => (ds === null ? [] : [ds.tag])) });
  const own = { ...set, name: zone, type: DNSKEY };
  const verified = await verifySet(own, rrsigs, { zone, dnskeys: entries }, nowSeconds, crypto);
  return verified.ok
    ? ok({ zone, dnskeys: set.values })
    : err({ kind: "keys-unverified", zone, reason: verified.error });
}

const isKnown = ({ algorithm, digestType }: Ds) => algorithm === ECDSA_P256_SHA256 && digestType === DIGEST_SHA256;

const isSame = (a: Ds, b: Ds) => a.tag === b.tag && a.algorithm === b.algorithm && sameOctets(a.digest, b.digest);
