/** Requests that a cohort has at most: 2 KB for each backend. */
const MAX_MEMBERS = 256;
/** Members that it has at least, where nothing else is said. */
const MIN_MEMBERS = 20;
/** A cohort takes members for so long, and until it has enough. */
const OPEN_MS = 100;
/** Members of a cohort that has not come to its end by then have gone without a word, or it has too few to tell anything. */
const LOST_AFTER_MS = 60_000;

/** Sorted by one backend at a time. */
const sorted = new Float64Array(MAX_MEMBERS);

/**
 * Requests to one backend that began in the same tenth of a second, and the median of their latency. It is known as soon
 * as half of them have ended: taking what ended in a tenth of a second instead would count the fast ones only. Fixed
 * memory. Times in Unix milliseconds.
 */
export class Cohort {
  readonly #latencies = new Float64Array(MAX_MEMBERS);
  #number = 0;
  #from = 0;
  #begun = 0;
  #ended = 0;
  #sumOfReach = 0;
  #least = MIN_MEMBERS;

  /** Begins another one, of so many members at least; those of the one before count no more. */
  open(now: number, least: number = MIN_MEMBERS): void {
    this.#number += 1;
    this.#least = least;
    this.#from = now;
    this.#begun = 0;
    this.#ended = 0;
    this.#sumOfReach = 0;
  }

  /** A request begins. Gives what `end` is to be told; -1 when it is no member. */
  begin(reach: number, now: number): number {
    const age = now - this.#from;
    // Also where the clock was set back.
    if (age < 0 || age > LOST_AFTER_MS) this.open(now);
    else if (!this.#takesMembers(age)) return -1;
    this.#begun += 1;
    this.#sumOfReach += reach;
    return this.#number;
  }

  /** One has ended; infinite when it is only known to have taken too long. Whether the median is known now. */
  end(member: number, ms: number, now: number): boolean {
    // Who is no member may be the first that ends after the last member.
    if (member === this.#number && this.#ended < MAX_MEMBERS) this.#latencies[this.#ended++] = ms;
    return this.#ended > this.#begun >> 1 && !this.#takesMembers(now - this.#from);
  }

  /** One has ended that says nothing of the backend's pace. */
  leave(member: number): void {
    if (member === this.#number && this.#begun > this.#ended) this.#begun -= 1;
  }

  /** Milliseconds. Those that have not ended took longer than all that have. */
  get medianMs(): number {
    const ended = sorted.subarray(0, this.#ended);
    ended.set(this.#latencies.subarray(0, this.#ended));
    ended.sort();
    return ended[this.#begun >> 1] ?? Number.POSITIVE_INFINITY;
  }

  get meanReach(): number {
    return this.#begun === 0 ? 0 : this.#sumOfReach / this.#begun;
  }

  /** Whether the median is known to be more than so many milliseconds, though less than half have ended. */
  isOverdue(ms: number, now: number): boolean {
    const age = now - this.#from;
    return age > OPEN_MS + ms && this.#begun >= MIN_MEMBERS && this.#ended <= this.#begun >> 1;
  }

  ageMs(now: number): number {
    return now - this.#from;
  }

  #takesMembers(age: number): boolean {
    return this.#begun < this.#least || (age < OPEN_MS && this.#begun < MAX_MEMBERS);
  }
}
