import { MAX_RATE_LIMITS } from "../../table/rate-limit.ts";
import type { LimitCount } from "./traffic-second.ts";

/** What limits did is told of so many minutes, the last one being under way. */
export const LIMITS_WITHIN_MINUTES = 60;

/** By limit. */
export type LimitSums = Map<string, LimitCounts>;
export type LimitCounts = { -readonly [K in Exclude<keyof LimitCount, "limit">]: LimitCount[K] };

/** Adds counts to sums of at most as many limits as a table has. */
export function addLimitCounts(sums: LimitSums, counts: readonly LimitCount[]): void {
  for (const { limit, passed, limited, wouldLimit } of counts) {
    const sum = sums.get(limit);
    if (sum) {
      sum.passed += passed;
      sum.limited += limited;
      sum.wouldLimit += wouldLimit;
    } else if (sums.size < MAX_RATE_LIMITS) sums.set(limit, { passed, limited, wouldLimit });
  }
}

export const limitCountsOf = (sums: LimitSums): LimitCount[] =>
  [...sums].map(([limit, counts]) => ({ limit, ...counts }));

/** What each limit did of late, in memory alone. */
export class LimitTotals {
  /** By Unix minute. */
  readonly #minutes = new Map<number, LimitSums>();

  /** Counts that were told of a Unix second. */
  add(second: number, counts: readonly LimitCount[]): void {
    if (counts.length === 0) return;
    const minute = minuteOf(second);
    let sums = this.#minutes.get(minute);
    if (!sums) {
      for (const each of this.#minutes.keys()) if (!isWithin(each, minute)) this.#minutes.delete(each);
      sums = new Map();
      this.#minutes.set(minute, sums);
    }
    addLimitCounts(sums, counts);
  }

  /** Of the last hour until a Unix second. */
  until(second: number): LimitCount[] {
    const all: LimitSums = new Map();
    for (const [minute, sums] of this.#minutes)
      if (isWithin(minute, minuteOf(second))) addLimitCounts(all, limitCountsOf(sums));
    return limitCountsOf(all);
  }
}

const minuteOf = (second: number): number => Math.floor(second / 60);

/** A clock that was set back leaves nothing from after it. */
const isWithin = (minute: number, last: number): boolean => minute <= last && last - minute < LIMITS_WITHIN_MINUTES;
