import { CrowdCounts } from "./crowd-counts.ts";
import type { BucketSpec } from "./spec.ts";

/** A network of keys that are new has this part of the limit of one, as it may come to other isolates too. */
const NETWORK_PART = 10;

/**
 * Keys that ask for more than they may have unasked, while too many do to ask the owner of each. One that is new counts
 * with its network. Who passed there is known from then on, and has a count of its own by the whole limit, until 16,384
 * others have come after it: who comes again suffers nothing from those that come once. A flood makes few known, as it has
 * to pass by its networks. A key that holds no address has no network, and counts alone, though among networks, so that a
 * flood of such makes none known.
 */
export class Crowd {
  readonly #networks = new CrowdCounts();
  readonly #keys = new CrowdCounts();
  readonly bytes = this.#networks.bytes + this.#keys.bytes;

  /** By hashes of the key and of its network. `retryAfterMs` is 0 when it passes. */
  take(
    key: number,
    network: number | null,
    cost: number,
    spec: BucketSpec,
    now: number,
  ): { readonly retryAfterMs: number } {
    if (network === null) return this.#networks.take(key, cost, spec, 1, now);
    if (this.#keys.has(key)) return this.#keys.take(key, cost, spec, 1, now);
    const taken = this.#networks.take(network, cost, spec, NETWORK_PART, now);
    if (taken.retryAfterMs === 0) this.#keys.take(key, cost, spec, 1, now);
    return taken;
  }
}
