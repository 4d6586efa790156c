/**
 * What a request holds until it is over: until the last byte of its response has gone to the client, or the client, the
 * backend or the edge has broken off. Made only where something is held.
 */
export class Occupancy {
  /** Of the incoming request: tells that its client has gone. */
  readonly signal: AbortSignal;
  readonly #releases = new Set<() => void>();
  #isOver: boolean;

  constructor(signal: AbortSignal) {
    this.signal = signal;
    this.#isOver = signal.aborted;
    signal.addEventListener("abort", () => this.end(), { once: true });
  }

  /** Holds something until the end. What it gives releases it sooner. */
  hold(release: () => void): () => void {
    this.#releases.add(release);
    if (this.#isOver) this.end();
    return () => {
      if (this.#releases.delete(release)) release();
    };
  }

  end(): void {
    this.#isOver = true;
    for (const release of this.#releases) release();
    this.#releases.clear();
  }
}
