import type { RoutingTableApi, SnapshotReply } from "../durable-objects/routing-table/api.ts";
import type { Random } from "../src/base/random.ts";
import { inSlices } from "../src/base/sliced.ts";
import { prepareEstimates } from "../src/routing/latency/cold.ts";
import { advanceSnapshot } from "../src/table/advance.ts";
import { FRAME_VERSION } from "../src/table/frame.ts";
import type { Snapshot } from "../src/table/snapshot.ts";
import type { SnapshotScope } from "../src/table/update.ts";
import { decodeUpdate } from "../src/table/update-codec.ts";
import { type ColoCache, SharedReplies, type SharedReply } from "./shared-replies.ts";
import { within } from "./within.ts";

/** For at most so long after it was last looked for, a snapshot is used without another look. */
export const FRESH_MS = 500;
/** Up to so much earlier by chance, so that isolates do not come to march in step. */
export const FRESH_JITTER_MS = 100;
/** Older than this (an isolate that was idle), a request waits for the refresh, though not for ever. */
export const STALE_MS = 2000;
/** The longest that a request which has a snapshot waits for a newer one. */
const STALE_WAIT_MS = 250;
/** The longest that a request without any snapshot waits for its first. */
const FIRST_WAIT_MS = 5000;
/** After a refresh that failed, the last snapshot is used for as long, lest each request of an outage ask again. */
const RETRY_AFTER_MS = 1000;
/** A refresh that has not ended by then was lost with its request, and another may start. */
const REFRESH_TIMEOUT_MS = 5000;

export interface SnapshotHealth {
  readonly epoch: number | null;
  /** Milliseconds since the table last confirmed it; `null` when there is none. */
  readonly ageMs: number | null;
  /** Why the last refresh failed, in words; `null` when it did not. */
  readonly error: string | null;
}

/** What a source of snapshots needs from outside. */
export interface SnapshotDeps {
  readonly table: () => RoutingTableApi;
  readonly coloCache: ColoCache;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly random: Random;
  /** Resolves in another turn of the event loop. */
  readonly pause: () => Promise<void>;
}

/**
 * The newest snapshot that this isolate has: fresh for half a second, then served as it is while one refresh runs, which
 * asks the colo's cache and then the table for what has changed. When neither helps, the last snapshot goes on being
 * served. Its epoch never goes back.
 *
 * A busy isolate's snapshot is so at most 1.5 s behind and the time of a refresh: `FRESH_MS` and `SHARED_MS`.
 */
export class SnapshotSource {
  readonly #table: () => RoutingTableApi;
  readonly #scope: SnapshotScope;
  readonly #shared: SharedReplies;
  readonly #now: () => number;
  readonly #random: Random;
  readonly #pause: () => Promise<void>;
  #snapshot: Snapshot | null = null;
  /** When it was the table's newest for certain. */
  #confirmedAt = Number.NEGATIVE_INFINITY;
  #lookAgainAt = Number.NEGATIVE_INFINITY;
  #refreshingSince = Number.NEGATIVE_INFINITY;
  #error: string | null = null;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor({ table, coloCache, now, random, pause }: SnapshotDeps, scope: SnapshotScope) {
    this.#table = table;
    this.#scope = scope;
    this.#shared = new SharedReplies(coloCache, scope, now);
    this.#now = now;
    this.#random = random;
    this.#pause = pause;
  }

  get health(): SnapshotHealth {
    const ageMs = this.#snapshot === null ? null : this.#now() - this.#confirmedAt;
    return { epoch: this.#snapshot?.epoch ?? null, ageMs, error: this.#error };
  }

  /** The snapshot, at once when there is a usable one. `background` keeps work alive after the response. */
  get(background: (work: Promise<unknown>) => void): Snapshot | Promise<Snapshot | null> {
    const now = this.#now();
    const current = this.#snapshot;
    if (current !== null && (now < this.#lookAgainAt || now - this.#failedAt < RETRY_AFTER_MS)) return current;
    if (current === null) {
      if (now - this.#failedAt < RETRY_AFTER_MS) return Promise.resolve(null);
      const first = this.#refresh(background);
      background(first);
      return within(first, FIRST_WAIT_MS, null).then(() => this.#snapshot);
    }
    const refreshing = now - this.#refreshingSince < REFRESH_TIMEOUT_MS;
    // What another request started belongs to that request; only its result can be shared.
    if (refreshing) return current;
    const refresh = this.#refresh(background);
    background(refresh);
    return now - this.#confirmedAt < STALE_MS
      ? current
      : within(refresh, STALE_WAIT_MS, null).then(() => this.#snapshot);
  }

  async #refresh(background: (work: Promise<unknown>) => void): Promise<void> {
    const startedAt = this.#now();
    this.#refreshingSince = startedAt;
    try {
      if (this.#snapshot === null) await this.#takeShared(null);
      const held = this.#snapshot?.epoch ?? null;
      if (held === null || !(await this.#takeShared(held))) await this.#ask(held, background);
    } catch (error) {
      console.warn("the table cannot be reached", error);
      this.#error = "the table cannot be reached";
    } finally {
      if (this.#error !== null) this.#failedAt = this.#now();
      else this.#lookAgainAt = startedAt + FRESH_MS - FRESH_JITTER_MS * this.#random.unit();
      if (this.#refreshingSince === startedAt) this.#refreshingSince = Number.NEGATIVE_INFINITY;
    }
  }

  /** Takes what another isolate of the colo was told. What is wrong with it shall not keep this one from asking. */
  async #takeShared(held: number | null): Promise<boolean> {
    const shared = await this.#shared.find(held);
    return shared !== null && (await this.#take(shared)) === null;
  }

  async #ask(held: number | null, background: (work: Promise<unknown>) => void): Promise<void> {
    const askedAt = this.#now();
    const reply = await this.#table().snapshot({ reads: [FRAME_VERSION], scope: this.#scope, have: held });
    if (reply.kind === "refused") {
      console.error("the table refuses", reply.detail);
      this.#error = "the table does not speak to this edge's version";
      return;
    }
    const shared = { askedAt, reply };
    this.#error = await this.#take(shared);
    if (this.#error === null) background(this.#shared.keep(held, shared));
    // What does not follow on what is held may do so on nothing.
    else if (held !== null && reply.kind === "delta") await this.#ask(null, background);
  }

  /** Why the reply was not taken; `null` when it was. */
  async #take({ askedAt, reply }: SharedReply): Promise<string | null> {
    const fault = reply.kind === "unchanged" ? this.#confirm(reply.epoch) : await this.#advance(reply);
    if (fault !== null) return fault;
    this.#error = null;
    this.#confirmedAt = Math.max(this.#confirmedAt, Math.min(askedAt, this.#now()));
    return null;
  }

  #confirm(epoch: number): string | null {
    const held = this.#snapshot?.epoch ?? null;
    return epoch === held ? null : `the table is at epoch ${epoch}, and not at ${held}`;
  }

  async #advance({ encoded }: Extract<SnapshotReply, { readonly encoded: unknown }>): Promise<string | null> {
    const update = await inSlices(decodeUpdate(encoded), this.#pause);
    const held = this.#snapshot;
    if (update.ok && held !== null && update.value.epoch < held.epoch)
      return `the table is at epoch ${update.value.epoch}, before ${held.epoch}`;
    const next = update.ok ? await inSlices(advanceSnapshot(held, update.value, this.#scope), this.#pause) : update;
    if (!next.ok) {
      console.error("the table cannot be read", next.error);
      return "the table cannot be read";
    }
    await inSlices(prepareEstimates(next.value), this.#pause);
    // A refresh that was given up for lost may have ended in between.
    if (this.#snapshot === null || next.value.epoch >= this.#snapshot.epoch) this.#snapshot = next.value;
    return null;
  }
}
