import { err, ok, type Result } from "../../base/result.ts";
import type { Delays } from "./delays.ts";
import type { KeyRole } from "./dnskey.ts";
import { stateOf, type ZoneKey } from "./zone-key.ts";

export interface Phase {
  readonly kind: "publish" | "sign" | "submit-ds" | "confirm-ds" | "remove";
  /** The earliest time, Unix milliseconds; `null` where it depends on when a person has done their part. */
  readonly at: number | null;
  readonly detail: string;
}

/** When a key that is to be made does what. */
export type NewKeyTimes = Pick<ZoneKey, "role" | "publishedAt" | "activeAt" | "dsDueAt">;

/** A planned change of keys. Nothing in it has happened. */
export interface RolloverPlan<Key extends ZoneKey = ZoneKey> {
  readonly role: KeyRole;
  readonly phases: readonly Phase[];
  readonly added: NewKeyTimes;
  /** The keys that stay, with their new times. Those that are gone already are missing. */
  readonly kept: readonly Key[];
}

export type RolloverRefusal =
  | { readonly kind: "unsigned" }
  /** `until` is `null` while a person has not said that the DS is at the parent. */
  | { readonly kind: "under-way"; readonly until: number | null }
  /** The DS of the only KSK is not at the parent: there is no chain of trust to roll over. */
  | { readonly kind: "ds-not-seen" };

/**
 * Rolls the keys of a role over: a ZSK by pre-publication (RFC 6781, section 4.1.1.1; times of RFC 7583, section
 * 3.2.1), a KSK by double signature (RFC 6781, section 4.1.2; RFC 7583, section 3.3.1), which is over only when a
 * person has seen the new DS at the parent.
 */
export function planRollover<Key extends ZoneKey>(
  keys: readonly Key[],
  role: KeyRole,
  now: number,
  delays: Delays,
): Result<RolloverPlan<Key>, RolloverRefusal> {
  const kept = keys.filter((key) => stateOf(key, now) !== "removed");
  const [old, ...others] = kept.filter((key) => key.role === role);
  if (old === undefined) return err({ kind: "unsigned" });
  if (others.length > 0 || old.removedAt !== null) return err({ kind: "under-way", until: endOf([old, ...others]) });
  if (role === "zsk") return ok(planZsk(kept, old, now, delays));
  if (old.dsSeenAt === null) return err({ kind: "ds-not-seen" });
  return ok(planKsk(kept, now, delays));
}

function planZsk<Key extends ZoneKey>(kept: readonly Key[], old: Key, now: number, delays: Delays): RolloverPlan<Key> {
  const activeAt = now + (delays.propagationSeconds + delays.dnskeyTtlSeconds) * 1000;
  const removedAt = activeAt + (delays.propagationSeconds + delays.maxTtlSeconds) * 1000;
  return {
    role: "zsk",
    phases: [
      { kind: "publish", at: now, detail: "the new key is in the DNSKEY set; the old one signs" },
      { kind: "sign", at: activeAt, detail: "every cache has the new key; it signs from now on" },
      { kind: "remove", at: removedAt, detail: "no cache holds a signature of the old key; it goes" },
    ],
    added: { role: "zsk", publishedAt: now, activeAt, dsDueAt: null },
    kept: kept.map((key) => (key === old ? { ...key, retiredAt: activeAt, removedAt } : key)),
  };
}

function planKsk<Key extends ZoneKey>(kept: readonly Key[], now: number, delays: Delays): RolloverPlan<Key> {
  const dsDueAt = now + (delays.propagationSeconds + delays.dnskeyTtlSeconds) * 1000;
  const hours = Math.ceil(parentSeconds(delays) / 3600);
  return {
    role: "ksk",
    phases: [
      { kind: "publish", at: now, detail: "both keys sign the DNSKEY set" },
      { kind: "submit-ds", at: dsDueAt, detail: "give the parent the new key's DS in place of the old one's" },
      { kind: "confirm-ds", at: null, detail: "say so when every server of the parent shows it" },
      { kind: "remove", at: null, detail: `${hours} h later no cache holds the old DS; the old key goes` },
    ],
    added: { role: "ksk", publishedAt: now, activeAt: now, dsDueAt },
    kept,
  };
}

function endOf(keys: readonly ZoneKey[]): number | null {
  const ends = keys.map(({ removedAt }) => removedAt).filter((end) => end !== null);
  return ends.length === 0 ? null : Math.max(...ends);
}

/**
 * The first keys of a zone. Its DS may be given to the parent once caches have forgotten what was answered without
 * signatures: with it they would take that for forged.
 */
export function firstKeys(now: number, delays: Delays): readonly NewKeyTimes[] {
  const seconds = delays.propagationSeconds + Math.max(delays.dnskeyTtlSeconds, delays.maxTtlSeconds);
  const times = { publishedAt: now, activeAt: now };
  return [
    { role: "ksk", ...times, dsDueAt: now + seconds * 1000 },
    { role: "zsk", ...times, dsDueAt: null },
  ];
}

export type ConfirmRefusal =
  | { readonly kind: "no-such-key" }
  /** Caches may hold a DNSKEY set without the key: a DS that points at it would break the zone for them. */
  | { readonly kind: "too-early"; readonly at: number };

/** A person has seen the DS of a KSK at the parent: the KSKs before it go once caches have forgotten their DS. */
export function confirmDs<Key extends ZoneKey>(
  keys: readonly Key[],
  tag: number,
  now: number,
  delays: Delays,
): Result<readonly Key[], ConfirmRefusal> {
  const confirmed = keys.find((key) => key.role === "ksk" && key.tag === tag && stateOf(key, now) === "active");
  if (confirmed === undefined || confirmed.dsDueAt === null) return err({ kind: "no-such-key" });
  if (now < confirmed.dsDueAt) return err({ kind: "too-early", at: confirmed.dsDueAt });
  const end = now + parentSeconds(delays) * 1000;
  return ok(
    keys.map((key) => {
      if (key === confirmed) return { ...key, dsSeenAt: key.dsSeenAt ?? now };
      const isOlder = key.role === "ksk" && key.publishedAt < confirmed.publishedAt && key.removedAt === null;
      return isOlder ? { ...key, retiredAt: end, removedAt: end } : key;
    }),
  );
}

/**
 * A person has seen that the parent has no DS any more: the zone is signed until caches have forgotten it, and then
 * no longer (RFC 6781, section 4.3.4's way back to insecure).
 */
export function withdraw<Key extends ZoneKey>(keys: readonly Key[], now: number, delays: Delays): readonly Key[] {
  const end = now + parentSeconds(delays) * 1000;
  const sooner = (at: number | null) => Math.min(at ?? end, end);
  return keys
    .filter((key) => stateOf(key, now) !== "removed")
    .map((key) => ({ ...key, dsSeenAt: null, dsDueAt: null, retiredAt: sooner(key.retiredAt), removedAt: end }));
}

const parentSeconds = ({ parentPropagationSeconds, dsTtlSeconds }: Delays) => parentPropagationSeconds + dsTtlSeconds;

/** The KSKs whose DS the parent should have: the newest that every cache knows. */
export function dsKeys<Key extends ZoneKey>(keys: readonly Key[], now: number): readonly Key[] {
  const due = keys
    .filter((key) => key.dsDueAt !== null && now >= key.dsDueAt && stateOf(key, now) === "active")
    .sort((a, b) => b.publishedAt - a.publishedAt);
  return due.slice(0, 1);
}
