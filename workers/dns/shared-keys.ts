import { z } from "zod";
import { fromUtf8, toUtf8 } from "../../src/base/utf8.ts";
import { PROPAGATION_SECONDS } from "../../src/dns/dnssec/delays.ts";
import { type KeptZone, type KeyStore, readKeys, writeKeys } from "../../src/dns/dnssec/key-store.ts";
import type { Name } from "../../src/dns/name.ts";
import type { ColoCache } from "../shared-replies.ts";
import { within } from "../within.ts";

const CACHE_KEY = "dnssec/keys/1";
/** A cache that is slower than this is passed over. */
const CACHE_WAIT_MS = 50;
/** What the isolates of a colo share is good for so long after it was read. */
const SHARED_MS = 60_000;

/** The keys of all zones, and when they were read where they are kept. */
export interface ReadKeys {
  /** Unix milliseconds. */
  readonly readAt: number;
  readonly zones: readonly KeptZone[];
}

const entrySchema = z.object({
  readAt: z.number(),
  zones: z.array(z.object({ zone: z.string(), generation: z.int(), keys: z.string() })),
});

/**
 * Reads keys once a minute for all isolates of a colo: 330 colos make 6 readings a second of one database. What lies in
 * the colo's cache is sealed, as it is in the database. While that cannot be read, older keys do.
 */
export async function readShared(cache: ColoCache, store: Pick<KeyStore, "all">, now: () => number): Promise<ReadKeys> {
  const shared = await find(cache);
  const ageMs = shared === null ? Number.POSITIVE_INFINITY : Math.abs(now() - shared.readAt);
  if (shared !== null && ageMs < SHARED_MS) return shared;
  const readAt = now();
  try {
    const zones = await store.all();
    await within(cache.put(CACHE_KEY, write({ readAt, zones }), PROPAGATION_SECONDS), CACHE_WAIT_MS, undefined).catch(
      () => undefined,
    );
    return { readAt, zones };
  } catch (error) {
    if (shared !== null && ageMs < PROPAGATION_SECONDS * 1000) return shared;
    throw error;
  }
}

async function find(cache: ColoCache): Promise<ReadKeys | null> {
  const found = await within(cache.get(CACHE_KEY), CACHE_WAIT_MS, null).catch(() => null);
  if (found === null) return null;
  try {
    const { readAt, zones } = entrySchema.parse(JSON.parse(fromUtf8(found)));
    return { readAt, zones: zones.map((each) => ({ ...each, zone: each.zone as Name, keys: readKeys(each.keys) })) };
  } catch {
    // Of another version.
    return null;
  }
}

const write = ({ readAt, zones }: ReadKeys): Uint8Array =>
  toUtf8(JSON.stringify({ readAt, zones: zones.map((each) => ({ ...each, keys: writeKeys(each.keys) })) }));
