import { z } from "zod";
import { fromUtf8, toUtf8 } from "../src/base/utf8.ts";
import { FRAME_VERSION } from "../src/table/frame.ts";
import type { SnapshotReply } from "../src/table/publisher.ts";
import type { SnapshotScope } from "../src/table/update.ts";
import { within } from "./within.ts";

/** What the isolates of one colo share: bytes by key, for a while. It may forget anything at any time. */
export interface ColoCache {
  get(key: string): Promise<Uint8Array | null>;
  /** `maxAgeSeconds` is a whole number. */
  put(key: string, bytes: Uint8Array, maxAgeSeconds: number): Promise<void>;
}

/** A reply of the table is good for the isolates of its colo for so long after it was asked for. */
export const SHARED_MS = 1000;
/** From then on it is renewed by one isolate, while others may still use it. */
const RENEW_AFTER_MS = 700;
/** Whoever said that it asks has not been heard of since: another may. */
const CLAIM_MS = 300;
/** A whole table is a base on which to ask for what has changed since: it may be older. */
const BASE_SECONDS = 60;
/** A cache that is slower than this is passed over: the table itself answers about as soon. */
const CACHE_WAIT_MS = 50;

/** A reply of the table that can be acted on. */
export interface SharedReply {
  /** Unix milliseconds. */
  readonly askedAt: number;
  readonly reply: Exclude<SnapshotReply, { readonly kind: "refused" }>;
}

const epochSchema = z.int().min(0);
const asking = { epoch: epochSchema, askedAt: z.number() };
/** The first line of an entry; what a frame holds follows it. */
const entrySchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("unchanged"), ...asking }),
  z.object({ kind: z.literal("delta"), ...asking, from: epochSchema }),
  z.object({ kind: z.literal("table"), ...asking }),
]);
const LINE_END = 10;

/**
 * Replies of the table that the isolates of a colo share, so that it is asked about once a second for all of them. They
 * are kept by the epoch that the asker held. Ages are told by a time inside, since those of the cache are whole seconds,
 * and by the cache too, since the clocks of two machines may differ.
 *
 * The cache does not collapse those who ask at once. So a reply may be renewed before it ends: whoever finds one that is
 * due says in the cache that it asks, and the others go on with the old one.
 */
export class SharedReplies {
  readonly #cache: ColoCache;
  readonly #scope: SnapshotScope;
  readonly #now: () => number;

  constructor(cache: ColoCache, scope: SnapshotScope, now: () => number) {
    this.#cache = cache;
    this.#scope = scope;
    this.#now = now;
  }

  /** To an isolate that holds this epoch; with `null`, a whole table that may be older. A cache that fails has none. */
  async find(have: number | null): Promise<SharedReply | null> {
    const found = await this.#get(this.#keyOf(have));
    const shared = found === null ? null : readEntry(found);
    if (shared === null) return null;
    const age = this.#now() - shared.askedAt;
    // From the future, when the clocks of two machines differ: what is far off is not believed.
    if (age <= -SHARED_MS) return null;
    if (have === null) return age < BASE_SECONDS * 1000 ? shared : null;
    if (age < RENEW_AFTER_MS) return shared;
    return age < SHARED_MS && (await this.#isAskedFor(have)) ? shared : null;
  }

  /** Whether another isolate asks already; if not, this one does from now on. */
  async #isAskedFor(have: number): Promise<boolean> {
    const key = `${this.#keyOf(have)}/asking`;
    const claim = await this.#get(key);
    const now = this.#now();
    if (claim !== null && Math.abs(now - Number(fromUtf8(claim))) < CLAIM_MS) return true;
    await within(this.#cache.put(key, toUtf8(String(now)), 1), CACHE_WAIT_MS, undefined).catch(() => undefined);
    return false;
  }

  #keyOf(have: number | null): string {
    return `${FRAME_VERSION}/${this.#scope}/${have ?? "whole"}`;
  }

  #get(key: string): Promise<Uint8Array | null> {
    return within(this.#cache.get(key), CACHE_WAIT_MS, null).catch(() => null);
  }

  async keep(have: number | null, shared: SharedReply): Promise<void> {
    const { epoch, kind } = shared.reply;
    const entry = writeEntry(shared);
    const maxAgeSeconds = Math.ceil(SHARED_MS / 1000);
    const puts = kind === "table" ? [this.#cache.put(this.#keyOf(null), entry, BASE_SECONDS)] : [];
    if (have !== null) puts.push(this.#cache.put(this.#keyOf(have), entry, maxAgeSeconds));
    if (kind !== "unchanged") {
      // To those who hold what was just sent, nothing has changed since it was asked for.
      const unchanged = writeEntry({ ...shared, reply: { kind: "unchanged", epoch } });
      puts.push(this.#cache.put(this.#keyOf(epoch), unchanged, maxAgeSeconds));
    }
    await Promise.all(puts).catch((cause) => console.warn("the colo's cache does not take a reply", cause));
  }
}

function writeEntry({ askedAt, reply }: SharedReply): Uint8Array {
  const { encoded, ...rest } = reply.kind === "unchanged" ? { ...reply, encoded: new Uint8Array() } : reply;
  const line = toUtf8(`${JSON.stringify({ ...rest, askedAt } satisfies z.infer<typeof entrySchema>)}\n`);
  const entry = new Uint8Array(line.length + encoded.length);
  entry.set(line);
  entry.set(encoded, line.length);
  return entry;
}

function readEntry(entry: Uint8Array): SharedReply | null {
  const end = entry.indexOf(LINE_END);
  if (end < 0) return null;
  const line = entrySchema.safeParse(parseJson(fromUtf8(entry.subarray(0, end))));
  if (!line.success) return null;
  const { askedAt, ...reply } = line.data;
  const encoded = entry.subarray(end + 1);
  return { askedAt, reply: reply.kind === "unchanged" ? reply : { ...reply, encoded } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
