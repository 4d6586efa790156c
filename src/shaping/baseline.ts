/** A backend is slow when it takes so many times as long as unloaded... */
const TOLERANCE = 2;
/** ...and as many milliseconds on top, since clocks here have whole ones. */
const SLACK_MS = 5;
/**
 * How much of its tolerance a baseline has used up that was found by taking a cut back. With none used up, edges whose
 * baselines differ by chance would drive one another's up while they share an overload.
 */
const TAKEN_BACK = 1.6;
/** The time constants with which it follows: down, up, and up where few requests find the backend slow. */
const FALL_MS = 20_000;
const RISE_MS = 60_000;
const RISE_UNLOADED_MS = 10_000;
/** The most of the way that one measurement moves it. */
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
    return this.#ms === null ? Number.POSITIVE_INFINITY : this.#ms * TOLERANCE + SLACK_MS;
  }

  /** A measurement that was tolerated. While a limit is felt it only falls: what is held at the tolerance would drag it up. */
  calm(ms: number, spanMs: number, isFelt: boolean): void {
    this.#ms ??= ms;
    if (ms < this.#ms) this.#follow(ms, FALL_MS, spanMs);
    else if (!isFelt) this.#follow(ms, RISE_MS, spanMs);
  }

  /** One that is slow, of requests so few that they see no queue of their own. */
  slowUnloaded(ms: number, spanMs: number): void {
    this.#follow(ms, RISE_UNLOADED_MS, spanMs);
  }

  /** One of a probe, taken under a much lower limit. */
  probed(ms: number): void {
    if (this.#ms !== null && Number.isFinite(ms)) this.#ms = (this.#ms + ms) / 2;
  }

  /** The backend takes as long whatever the limit. */
  takenBack(ms: number): void {
    this.#ms = ms / TAKEN_BACK;
  }

  #follow(ms: number, constantMs: number, spanMs: number): void {
    if (this.#ms === null || !Number.isFinite(ms)) return;
    this.#ms += (ms - this.#ms) * Math.min(MAX_STEP, spanMs / constantMs);
  }
}
