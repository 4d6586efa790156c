/** A backend is slow when it takes so many times as long as unloaded... */
const TOLERANCE = 2;
/**
 * ...and so many milliseconds longer. A refusal is worse than a wait that nobody notices, and a few requests that are
 * ready at once wait as long for an isolate of a busy machine.
 */
const SLACK_MS = 50;
/** The time constants with which it follows: down, up, and up where few requests find the backend slow. */
const FALL_MS = 20_000;
const RISE_MS = 60_000;
const RISE_UNLOADED_MS = 10_000;
/** The part of the way that a probe moves it. */
const PROBED_FALL = 0.5;
const PROBED_RISE = 0.25;
/** The most of the way that one other measurement moves it. */
const MAX_STEP = 0.2;

/** What a request to a backend takes unloaded, milliseconds. */
export class Baseline {
  #ms: number | null = null;

  /** `null` before the first measurement. */
  get ms(): number | null {
    return this.#ms;
  }

  /** What takes longer is slow. */
  get toleratedMs(): number {
    return this.#ms === null ? Number.POSITIVE_INFINITY : Math.max(this.#ms * TOLERANCE, this.#ms + SLACK_MS);
  }

  /** A measurement that was tolerated. While there is a limit it only falls: what is held at the tolerance would drag it up. */
  calm(ms: number, spanMs: number, isUnlimited: boolean): void {
    this.#ms ??= ms;
    if (ms < this.#ms) this.#follow(ms, FALL_MS, spanMs);
    else if (isUnlimited) this.#follow(ms, RISE_MS, spanMs);
  }

  /** One that is slow, of requests so few that they see no queue of their own. */
  slowUnloaded(ms: number, spanMs: number): void {
    this.#follow(ms, RISE_UNLOADED_MS, spanMs);
  }

  /**
   * One of a probe, taken under a much lower limit. Edges that share a backend and are a little early or late measure the
   * others' queue, so that only what is slow even then raises it.
   */
  probed(ms: number): void {
    if (this.#ms === null || !Number.isFinite(ms)) return;
    if (ms < this.#ms) this.#ms += (ms - this.#ms) * PROBED_FALL;
    else if (ms > this.toleratedMs) this.#ms += (ms - this.#ms) * PROBED_RISE;
  }

  #follow(ms: number, constantMs: number, spanMs: number): void {
    if (this.#ms === null || !Number.isFinite(ms)) return;
    this.#ms += (ms - this.#ms) * Math.min(MAX_STEP, spanMs / constantMs);
  }
}
