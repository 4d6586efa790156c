import type { Name } from "../name.ts";
import type { Rdata } from "../record-set.ts";
import { NSEC, RRSIG } from "../record-type.ts";
import type { Rrset } from "../response.ts";
import { countLabels } from "./canonical-name.ts";
import { canonicalRecords } from "./canonical-set.ts";
import type { Sign } from "./crypto.ts";
import { ECDSA_P256_SHA256 } from "./dnskey.ts";
import { KEY_TYPES } from "./key-sets.ts";
import { join } from "./octets.ts";
import { encodeFields } from "./rrsig.ts";
import type { SignatureCache } from "./signature-cache.ts";
import { stateOf, type ZoneKey } from "./zone-key.ts";

/** How long a signature holds: thrice the longest TTL, so that no cache outlives one (RFC 6781, section 4.4.2). */
const VALIDITY_SECONDS = 3 * 86_400;
/** Clocks of validators may be slow by this much. */
const CLOCK_SLACK_SECONDS = 3600;
/** A signature is given out until half of its time is over: what is left is more than the longest TTL. */
const REUSE_SECONDS = VALIDITY_SECONDS / 2;

/** A key, and what signs by it. */
export interface SigningKey extends ZoneKey {
  readonly sign: Sign;
}

/** A zone that is signed as it answers. */
export interface SignedZone {
  readonly apex: Name;
  readonly keys: readonly SigningKey[];
}

/**
 * The signatures of a set, as a set of RRSIG: the keys of the zone by its KSKs, so that the chain from the parent's
 * DS reaches them (RFC 7344, section 4.1 for CDS), all else by its ZSKs.
 *
 * `labels` counts those of the owner as it was asked for, also where a wildcard made the records: signing online, the
 * name is signed as if it had been written down, and needs no proof that nothing stands nearer (RFC 9824, section 3.3).
 */
export async function signSet(
  set: Rrset,
  { apex, keys }: SignedZone,
  now: number,
  cache: SignatureCache,
): Promise<Rrset> {
  const role = KEY_TYPES.has(set.type) ? "ksk" : "zsk";
  const signing = keys.filter((key) => key.role === role && stateOf(key, now) === "active");
  const labels = countLabels(set.name);
  const records = canonicalRecords(set, set.ttl, labels);
  const values = await Promise.all(signing.map((key) => signature(key)));
  return { name: set.name, type: RRSIG, ttl: set.ttl, values, zone: apex };

  async function signature(key: SigningKey): Promise<Rdata> {
    const kind = set.type === NSEC ? "denial" : "data";
    const under = keptUnder(key, apex, records);
    const kept = cache.find(kind, under, now);
    if (kept !== null) return kept;
    const seconds = Math.floor(now / 1000);
    const begin = encodeFields({
      typeCovered: set.type,
      algorithm: ECDSA_P256_SHA256,
      labels,
      originalTtl: set.ttl,
      expiration: seconds + VALIDITY_SECONDS,
      inception: seconds - CLOCK_SLACK_SECONDS,
      keyTag: key.tag,
      signer: apex,
    });
    const rrsig = join(begin, await key.sign(join(begin, records)));
    cache.keep(kind, under, rrsig, now + REUSE_SECONDS * 1000);
    return rrsig;
  }
}

/** The octets themselves, a character each: a hash that collides would give out a signature of something else. */
const keptUnder = ({ publicKey }: ZoneKey, apex: Name, records: Uint8Array) =>
  // The beginning of a public key tells keys apart; tags repeat.
  `${latin1(publicKey.subarray(0, 16))}${apex} ${latin1(records)}`;

const latin1 = (octets: Uint8Array) => String.fromCharCode(...octets);
