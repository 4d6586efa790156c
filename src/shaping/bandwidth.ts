/** What may be sent at once after a pause, in seconds of the rate. */
const BURST_SECONDS = 0.25;

/** What of some bytes may go now; where nothing may, how long to wait. */
export interface Portion {
  readonly bytes: number;
  readonly waitMs: number;
}

/** A token bucket of bytes. */
export class BandwidthBucket {
  readonly #perMs: number;
  readonly #burst: number;
  #tokens: number;
  /** Unix milliseconds at which there were as many. */
  #at: number;

  constructor(bytesPerSecond: number, now: number) {
    this.#perMs = bytesPerSecond / 1000;
    this.#burst = bytesPerSecond * BURST_SECONDS;
    this.#tokens = this.#burst;
    this.#at = now;
  }

  /**
   * Takes as many of the wanted bytes as there are tokens for. Where there are too few, it is waited for a full bucket, or
   * for all that is wanted, so that a response wakes its isolate a few times a second only.
   */
  take(wanted: number, now: number): Portion {
    // A clock that is set back gives nothing and takes nothing away.
    this.#tokens = Math.min(this.#burst, this.#tokens + Math.max(0, now - this.#at) * this.#perMs);
    this.#at = now;
    const enough = Math.min(wanted, Math.floor(this.#burst));
    if (this.#tokens < enough) return { bytes: 0, waitMs: Math.ceil((enough - this.#tokens) / this.#perMs) };
    const bytes = Math.min(wanted, Math.floor(this.#tokens));
    this.#tokens -= bytes;
    return { bytes, waitMs: 0 };
  }
}
