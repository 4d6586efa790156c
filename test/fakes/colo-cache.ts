import { MemoryCache } from "../../scripts/sim/memory-cache.ts";

/** The cache of a colo, which can fail. */
export class FakeColoCache extends MemoryCache {
  /** Answers in place of the cache while it is set. */
  failing: (() => Promise<never>) | null = null;

  override get(key: string): Promise<Uint8Array | null> {
    return this.failing ? this.failing() : super.get(key);
  }

  override put(key: string, bytes: Uint8Array, maxAgeSeconds: number): Promise<void> {
    return this.failing ? this.failing() : super.put(key, bytes, maxAgeSeconds);
  }
}
