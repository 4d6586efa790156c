/** A step back of more than this is a clock that has been set; less is jitter between clocks. */
const MAX_JITTER_MS = 10_000;

/**
 * Unix milliseconds that never go back. While a clock is a little behind what it has said before, time stands still, so
 * that nothing is given twice. One that has been set back goes on from where it was: nobody is kept waiting for it to
 * come to the same hour again.
 */
export class SteadyClock {
  #offsetMs = 0;
  #last = Number.NEGATIVE_INFINITY;

  read(now: number): number {
    const read = now + this.#offsetMs;
    if (read >= this.#last) {
      this.#last = read;
    } else if (this.#last - read > MAX_JITTER_MS) {
      this.#offsetMs += this.#last - read;
    }
    return this.#last;
  }
}
