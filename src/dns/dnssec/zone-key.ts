import { encodeDnskey, type KeyRole, keyTag } from "./dnskey.ts";

/**
 * A key of a zone, and when it does what. Its life is in its times, as in BIND's key files: each edge acts on them by
 * its own clock, so that a rollover once begun needs nobody to carry it on. All times are Unix milliseconds.
 */
export interface ZoneKey {
  readonly role: KeyRole;
  /** No two keys of a zone share one. */
  readonly tag: number;
  /** x and y of the point on P-256, 64 octets. */
  readonly publicKey: Uint8Array;
  /** In the DNSKEY set from then on. */
  readonly publishedAt: number;
  /** Signs from then on: a KSK the sets of keys, a ZSK all else. */
  readonly activeAt: number;
  /** Of a KSK: from when the parent may have its DS. `null` of a ZSK. */
  readonly dsDueAt: number | null;
  /** Of a KSK: when a person has said that its DS is at the parent. */
  readonly dsSeenAt: number | null;
  /** Signs no longer; what it has signed may still be in caches. */
  readonly retiredAt: number | null;
  /** Gone from the DNSKEY set. */
  readonly removedAt: number | null;
}

/** Two of each role, while both are rolled over. */
export const MAX_ZONE_KEYS = 4;

export const KEY_STATES = ["waiting", "published", "active", "retired", "removed"] as const;
export type KeyState = (typeof KEY_STATES)[number];

export function stateOf(key: ZoneKey, now: number): KeyState {
  if (key.removedAt !== null && now >= key.removedAt) return "removed";
  if (key.retiredAt !== null && now >= key.retiredAt) return "retired";
  if (now >= key.activeAt) return "active";
  return now >= key.publishedAt ? "published" : "waiting";
}

export function isPublished(key: ZoneKey, now: number): boolean {
  const state = stateOf(key, now);
  return state !== "waiting" && state !== "removed";
}

/** Whether anything of the zone is signed. */
export const isSigned = (keys: readonly ZoneKey[], now: number): boolean => keys.some((key) => isPublished(key, now));

export const dnskeyOf = ({ role, publicKey }: Pick<ZoneKey, "role" | "publicKey">): Uint8Array<ArrayBuffer> =>
  encodeDnskey(role, publicKey);

export const tagOf = (role: KeyRole, publicKey: Uint8Array): number => keyTag(encodeDnskey(role, publicKey));
