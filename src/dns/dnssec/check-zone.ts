import { err, ok, type Result } from "../../base/result.ts";
import type { Name } from "../name.ts";
import type { Rdata } from "../record-set.ts";
import { DNSKEY } from "../record-type.ts";
import type { Rrset } from "../response.ts";
import type { DnssecCrypto } from "./crypto.ts";
import { dsOf, encodeDs } from "./ds.ts";
import { keySet } from "./key-sets.ts";
import { dsKeys } from "./rollover.ts";
import { type SignedZone, signSet } from "./sign-set.ts";
import { SignatureCache } from "./signature-cache.ts";
import { type BrokenChain, validateChain } from "./validate-chain.ts";
import { type Unverified, verifySet } from "./verify-set.ts";
import { dnskeyOf, stateOf, type ZoneKey } from "./zone-key.ts";

/** Where a zone's own chain breaks: at its keys, or at one of its sets. */
export type BrokenZone =
  | BrokenChain
  | { readonly kind: "set-unverified"; readonly name: Name; readonly reason: Unverified };

/**
 * Signs sets as the zone does now, and follows the chain to them as a validator would that believes the DS which the
 * parent should have. `now` is in Unix milliseconds.
 */
export async function checkZone(
  zone: SignedZone,
  sets: readonly Rrset[],
  now: number,
  crypto: DnssecCrypto,
): Promise<Result<null, BrokenZone>> {
  const { apex, keys } = zone;
  const cache = new SignatureCache();
  const withSignatures = async (set: Rrset) => ({ set, rrsigs: (await signSet(set, zone, now, cache)).values });
  const anchor = await anchorOf(zone, now, crypto);
  const dnskey = await withSignatures(await keySet(apex, DNSKEY, keys, now, crypto));
  const trusted = await validateChain(anchor, [{ zone: apex, dnskey, ds: null }], now / 1000, crypto);
  if (!trusted.ok) return trusted;
  for (const each of sets) {
    const { set, rrsigs } = await withSignatures(each);
    const verified = await verifySet(set, rrsigs, trusted.value, now / 1000, crypto);
    if (!verified.ok) return err({ kind: "set-unverified", name: set.name, reason: verified.error });
  }
  return ok(null);
}

/** The DS that the parent should have; before it should have any, that of the first KSK. */
export async function anchorOf(
  { apex, keys }: { readonly apex: Name; readonly keys: readonly ZoneKey[] },
  now: number,
  crypto: DnssecCrypto,
): Promise<readonly Rdata[]> {
  const [entry] = [...dsKeys(keys, now), ...keys.filter((key) => key.role === "ksk" && stateOf(key, now) === "active")];
  return entry === undefined ? [] : [encodeDs(await dsOf(apex, dnskeyOf(entry), crypto))];
}
