/** Of an isolate. A million a minute could be handed in, so the memory is fixed and not the time. */
const MAX_NONCES = 20_000;
/** What one takes in memory, about, with its place in the set. */
const NONCE_BYTES = 100;

/**
 * The nonces that have been handed in here, the oldest forgotten first. Isolates share no memory: what one has seen may
 * be handed in at another, and gives the same clearance to the same holder once more.
 */
export class UsedNonces {
  /** What they need at the very most. */
  readonly maxBytes: number;
  readonly #nonces = new Set<string>();
  readonly #maxNonces: number;

  constructor(maxNonces: number = MAX_NONCES) {
    this.#maxNonces = maxNonces;
    this.maxBytes = maxNonces * NONCE_BYTES;
  }

  /** `false` where it has been used. */
  use(nonce: string): boolean {
    if (this.#nonces.has(nonce)) return false;
    if (this.#nonces.size >= this.#maxNonces) this.#nonces.delete(this.#nonces.values().next().value ?? nonce);
    this.#nonces.add(nonce);
    return true;
  }
}
