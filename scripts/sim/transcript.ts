import { createHash } from "node:crypto";

/** Lines that are kept for a report; a run of days has more than memory should hold. */
const KEPT_LINES = 20_000;

/** What happened, a line each: the time since the start, who, and what. */
export class Transcript {
  readonly #startsAt: number;
  readonly #now: () => number;
  readonly #lines: string[] = [];
  readonly #hash = createHash("sha256");
  readonly #print: ((line: string) => void) | null;
  #count = 0;

  /** `print` gets each line as it comes. */
  constructor(now: () => number, print: ((line: string) => void) | null) {
    this.#now = now;
    this.#startsAt = now();
    this.#print = print;
  }

  write(who: string, what: string): void {
    const line = `${((this.#now() - this.#startsAt) / 1000).toFixed(3).padStart(9)}  ${who.padEnd(16)}  ${what}`;
    this.#hash.update(`${line}\n`);
    this.#count += 1;
    this.#print?.(line);
    this.#lines.push(line);
    if (this.#lines.length >= 2 * KEPT_LINES) this.#lines.splice(0, KEPT_LINES);
  }

  /** The last lines, the newest at the end. */
  last(count: number): readonly string[] {
    return this.#lines.slice(-count);
  }

  get count(): number {
    return this.#count;
  }

  /** SHA-256 of all lines: equal for two runs that were the same. */
  digest(): string {
    return this.#hash.copy().digest("hex");
  }
}
