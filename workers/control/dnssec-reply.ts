import type { DnssecCrypto } from "../../src/dns/dnssec/crypto.ts";
import { DELAYS } from "../../src/dns/dnssec/delays.ts";
import { dsOf, dsText } from "../../src/dns/dnssec/ds.ts";
import type { KeptKey, KeptZone } from "../../src/dns/dnssec/key-store.ts";
import { dsKeys, type RolloverPlan } from "../../src/dns/dnssec/rollover.ts";
import { dnskeyOf, isSigned, stateOf } from "../../src/dns/dnssec/zone-key.ts";
import { absolute, type Name } from "../../src/dns/name.ts";
import type { DnssecReply, RolloverPlanReply } from "./schema/dnssec.ts";
import { toTime } from "./to-time.ts";

type Sha256 = Pick<DnssecCrypto, "sha256">;

/** The keys of a zone as the API shows them, and what its parent needs of them. Those that are gone are left out. */
export async function toDnssec({ zone, keys }: KeptZone, now: number, crypto: Sha256): Promise<DnssecReply> {
  const living = keys.filter((key) => stateOf(key, now) !== "removed");
  const wanted = dsKeys(living, now);
  const due = living.filter(({ dsDueAt }) => dsDueAt !== null);
  return {
    zone,
    isSigned: isSigned(keys, now),
    keys: living.map((key) => toKey(key, now)),
    ds: await Promise.all(
      due.map(async (key) => ({
        tag: key.tag,
        record: await recordOf(zone, key, crypto),
        dueAt: toTime(key.dsDueAt ?? 0),
        seenAt: orNull(key.dsSeenAt),
        isWanted: wanted.includes(key),
      })),
    ),
  };
}

const toKey = (key: KeptKey, now: number): DnssecReply["keys"][number] => ({
  tag: key.tag,
  role: key.role,
  state: stateOf(key, now),
  publishedAt: toTime(key.publishedAt),
  activeAt: toTime(key.activeAt),
  retiredAt: orNull(key.retiredAt),
  removedAt: orNull(key.removedAt),
});

const recordOf = async (zone: Name, key: KeptKey, crypto: Sha256) =>
  `${absolute(zone)} ${DELAYS.dsTtlSeconds} IN DS ${dsText(await dsOf(zone, dnskeyOf(key), crypto))}`;

export const toPlan = ({ role, phases }: RolloverPlan): RolloverPlanReply => ({
  role,
  phases: phases.map(({ kind, at, detail }) => ({ kind, at: orNull(at), detail })),
});

/** What the audit log keeps of a key: neither its sealed part, nor octets. */
export const toAudited = (keys: readonly KeptKey[]) =>
  keys.map(({ sealed: _sealed, publicKey: _publicKey, ...times }) => times);

const orNull = (at: number | null) => (at === null ? null : toTime(at));
