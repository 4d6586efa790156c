import type { RoutingTableApi } from "../../durable-objects/routing-table/api.ts";
import { decodeTable } from "../../src/table/codec.ts";
import { compileSnapshot, type Snapshot } from "../../src/table/snapshot.ts";
import { within } from "./within.ts";

/** Younger than this, a snapshot is used without a look at the table. */
export const FRESH_MS = 1000;
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

/**
 * The newest snapshot that this isolate has: fresh for a second, then served as it is while one refresh runs. When
 * the table cannot be reached, the last snapshot goes on being served. Its epoch never goes back.
 */
export class SnapshotSource {
  readonly #table: () => RoutingTableApi;
  readonly #now: () => number;
  #snapshot: Snapshot | null = null;
  #confirmedAt = Number.NEGATIVE_INFINITY;
  #refreshingSince = Number.NEGATIVE_INFINITY;
  #error: string | null = null;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(table: () => RoutingTableApi, now: () => number) {
    this.#table = table;
    this.#now = now;
  }

  get health(): SnapshotHealth {
    const ageMs = this.#snapshot === null ? null : this.#now() - this.#confirmedAt;
    return { epoch: this.#snapshot?.epoch ?? null, ageMs, error: this.#error };
  }

  /** The snapshot, at once when there is a usable one. `background` keeps work alive after the response. */
  get(background: (work: Promise<unknown>) => void): Snapshot | Promise<Snapshot | null> {
    const now = this.#now();
    const age = now - this.#confirmedAt;
    const current = this.#snapshot;
    if (current !== null && (age < FRESH_MS || now - this.#failedAt < RETRY_AFTER_MS)) return current;
    if (current === null) {
      if (now - this.#failedAt < RETRY_AFTER_MS) return Promise.resolve(null);
      const first = this.#refresh();
      background(first);
      return within(first, FIRST_WAIT_MS, null).then(() => this.#snapshot);
    }
    const refreshing = now - this.#refreshingSince < REFRESH_TIMEOUT_MS;
    // What another request started belongs to that request; only its result can be shared.
    if (refreshing) return current;
    const refresh = this.#refresh();
    background(refresh);
    return age < STALE_MS ? current : within(refresh, STALE_WAIT_MS, null).then(() => this.#snapshot);
  }

  async #refresh(): Promise<void> {
    const askedAt = this.#now();
    this.#refreshingSince = askedAt;
    try {
      const reply = await this.#table().snapshot(this.#snapshot?.epoch ?? null);
      if (reply.kind === "table") this.#take(reply.encoded);
      else this.#error = null;
      if (this.#error === null) this.#confirmedAt = askedAt;
    } catch (error) {
      console.warn("the table cannot be reached", error);
      this.#error = "the table cannot be reached";
    } finally {
      if (this.#error !== null) this.#failedAt = this.#now();
      this.#refreshingSince = Number.NEGATIVE_INFINITY;
    }
  }

  #take(encoded: string): void {
    const decoded = decodeTable(encoded);
    const held = this.#snapshot?.epoch ?? 0;
    if (!decoded.ok) {
      console.error("the table cannot be read", decoded.error);
      this.#error = "the table cannot be read";
    } else if (decoded.value.epoch < held) this.#error = `the table is at epoch ${decoded.value.epoch}, before ${held}`;
    else {
      this.#error = null;
      this.#snapshot = compileSnapshot(decoded.value);
    }
  }
}
