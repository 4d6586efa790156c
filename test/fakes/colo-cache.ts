import type { ColoCache } from "../../workers/edge/colo-cache.ts";

/** The cache of a colo in memory. Ages are counted by the clock that it is given. */
export class FakeColoCache implements ColoCache {
  /** Answers in place of the cache while it is set. */
  failing: (() => Promise<never>) | null = null;
  readonly entries = new Map<string, { readonly bytes: Uint8Array; readonly endsAt: number }>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async get(key: string): Promise<Uint8Array | null> {
    if (this.failing) return this.failing();
    const entry = this.entries.get(key);
    return entry && entry.endsAt > this.#now() ? entry.bytes : null;
  }

  async put(key: string, bytes: Uint8Array, maxAgeSeconds: number): Promise<void> {
    if (this.failing) return this.failing();
    this.entries.set(key, { bytes, endsAt: this.#now() + maxAgeSeconds * 1000 });
  }
}
