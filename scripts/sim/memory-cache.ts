import type { ColoCache } from "../../workers/shared-replies.ts";

/** The cache of one colo, in memory. Ages are counted by the clock that it is given. */
export class MemoryCache implements ColoCache {
  readonly entries = new Map<string, { readonly bytes: Uint8Array; readonly endsAt: number }>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  async get(key: string): Promise<Uint8Array | null> {
    const entry = this.entries.get(key);
    return entry && entry.endsAt > this.#now() ? entry.bytes.slice() : null;
  }

  async put(key: string, bytes: Uint8Array, maxAgeSeconds: number): Promise<void> {
    for (const [other, { endsAt }] of this.entries) if (endsAt <= this.#now()) this.entries.delete(other);
    this.entries.set(key, { bytes: bytes.slice(), endsAt: this.#now() + maxAgeSeconds * 1000 });
  }
}
