import type { Name } from "../name.ts";
import type { Rdata } from "../record-set.ts";
import { CDNSKEY, CDS, DNSKEY, type RecordType } from "../record-type.ts";
import type { Rrset } from "../response.ts";
import type { DnssecCrypto } from "./crypto.ts";
import { DNSKEY_TTL_SECONDS } from "./delays.ts";
import { dsOf, encodeDs } from "./ds.ts";
import { dsKeys } from "./rollover.ts";
import { dnskeyOf, isPublished, type ZoneKey } from "./zone-key.ts";

/** The types that a signed zone has at its apex without anybody having written them down. */
export const KEY_TYPES: ReadonlySet<RecordType> = new Set([DNSKEY, CDS, CDNSKEY]);

/** Which of them there are now: the parent may have to wait. */
export const keyTypesNow = (keys: readonly ZoneKey[], now: number): readonly RecordType[] =>
  dsKeys(keys, now).length > 0 ? [...KEY_TYPES] : [DNSKEY];

/** The set of one of `KEY_TYPES`: the keys, or what the parent should have of them (RFC 7344, section 3). */
export async function keySet(
  apex: Name,
  type: RecordType,
  keys: readonly ZoneKey[],
  now: number,
  crypto: Pick<DnssecCrypto, "sha256">,
): Promise<Rrset> {
  return { name: apex, type, ttl: DNSKEY_TTL_SECONDS, values: await valuesOf(), zone: apex };

  async function valuesOf(): Promise<readonly Rdata[]> {
    if (type === DNSKEY) return keys.filter((key) => isPublished(key, now)).map(dnskeyOf);
    const wanted = dsKeys(keys, now).map(dnskeyOf);
    if (type === CDNSKEY) return wanted;
    return Promise.all(wanted.map(async (dnskey) => encodeDs(await dsOf(apex, dnskey, crypto))));
  }
}
