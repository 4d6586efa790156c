import { err, ok, type Result } from "../../base/result.ts";
import { isWithin, type Name } from "../name.ts";
import type { Rdata } from "../record-set.ts";
import { countLabels } from "./canonical-name.ts";
import type { SignableSet } from "./canonical-set.ts";
import type { DnssecCrypto } from "./crypto.ts";
import { decodeDnskey, ECDSA_P256_SHA256, keyTag } from "./dnskey.ts";
import { decodeRrsig, isCurrent, type Rrsig, signedOctets } from "./rrsig.ts";

/** Checking one signature is work that strangers can cause: what one set may cost (CVE-2023-50387). */
const MAX_TRIES = 8;

/** Why no signature of a set holds: what came nearest to holding. */
export type Unverified =
  | { readonly kind: "unsigned" }
  /** None is by an algorithm that is known here. */
  | { readonly kind: "unknown-algorithm" }
  /** Its time is over, or has not begun. Unix seconds. */
  | { readonly kind: "not-current"; readonly inception: number; readonly expiration: number }
  | { readonly kind: "no-such-key"; readonly tag: number }
  | { readonly kind: "wrong-signature"; readonly tag: number };

/** A set whose signature holds. */
export interface Verified {
  readonly rrsig: Rrsig;
  /** Whether a wildcard made it, so that it must be shown that the name itself is not there. */
  readonly isExpanded: boolean;
}

/** Checks a set against the keys of its zone (RFC 4035, section 5.3). `nowSeconds` is in Unix seconds. */
export async function verifySet(
  set: SignableSet,
  rrsigs: readonly Rdata[],
  { zone, dnskeys }: { readonly zone: Name; readonly dnskeys: readonly Rdata[] },
  nowSeconds: number,
  { verify }: Pick<DnssecCrypto, "verify">,
): Promise<Result<Verified, Unverified>> {
  let nearest: Unverified = { kind: "unsigned" };
  let tries = 0;
  for (const rrsig of rrsigs.map(decodeRrsig)) {
    if (rrsig === null || !isOf(rrsig, set, zone)) continue;
    if (rrsig.algorithm !== ECDSA_P256_SHA256) {
      if (nearest.kind === "unsigned") nearest = { kind: "unknown-algorithm" };
      continue;
    }
    if (!isCurrent(rrsig, nowSeconds)) {
      nearest = { kind: "not-current", inception: rrsig.inception, expiration: rrsig.expiration };
      continue;
    }
    nearest = { kind: "no-such-key", tag: rrsig.keyTag };
    for (const publicKey of keysOf(dnskeys, rrsig)) {
      if (tries++ >= MAX_TRIES) return err(nearest);
      if (await verify(publicKey, rrsig.signature, signedOctets(rrsig, set)))
        return ok({ rrsig, isExpanded: rrsig.labels < countLabels(set.name) });
      nearest = { kind: "wrong-signature", tag: rrsig.keyTag };
    }
  }
  return err(nearest);
}

const isOf = (rrsig: Rrsig, set: SignableSet, zone: Name) =>
  rrsig.typeCovered === set.type &&
  rrsig.signer === zone &&
  isWithin(set.name, zone) &&
  rrsig.labels <= countLabels(set.name);

function* keysOf(dnskeys: readonly Rdata[], rrsig: Rrsig): Generator<Uint8Array> {
  for (const rdata of dnskeys) {
    const key = decodeDnskey(rdata);
    if (key !== null && key.algorithm === rrsig.algorithm && keyTag(rdata) === rrsig.keyTag) yield key.publicKey;
  }
}
