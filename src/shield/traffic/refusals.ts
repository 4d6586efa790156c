import { REFUSALS } from "./acceptance.ts";
import type { TrafficSecond } from "./traffic-second.ts";

/** The last seconds of which is told what was refused. */
export const REFUSED_WITHIN_S = 60;

/** Shaping refuses beside the shield. */
const refused = [...REFUSALS, "shed"];

/** Requests by the result that refused them; `blocked` by the blacklist. What there were none of is not there. */
export type Refused = Readonly<Record<string, number>>;

/** What was refused of late, of all services together; in memory alone. */
export class Refusals {
  /** By Unix second. */
  readonly #seconds = new Map<number, ReadonlyMap<string, number>>();

  add({ second, blocked, services }: TrafficSecond): void {
    const counts = new Map<string, number>();
    const count = (result: string, requests: number) => counts.set(result, (counts.get(result) ?? 0) + requests);
    if (blocked > 0) count("blocked", blocked);
    for (const { cells } of services)
      for (const { result, requests } of cells) if (refused.includes(result)) count(result, requests);
    this.#seconds.set(second, counts);
    for (const each of this.#seconds.keys()) if (!isWithin(each, second)) this.#seconds.delete(each);
  }

  /** Of the last minute until a Unix second. */
  until(second: number): Refused {
    const sums: Record<string, number> = {};
    for (const [each, counts] of this.#seconds)
      if (isWithin(each, second))
        for (const [result, requests] of counts) sums[result] = (sums[result] ?? 0) + requests;
    return sums;
  }
}

/** A clock that was set back leaves nothing from after it. */
const isWithin = (second: number, last: number): boolean => second <= last && last - second < REFUSED_WITHIN_S;
