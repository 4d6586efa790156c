import { z } from "zod";
import type { ClientRow } from "./traffic-second.ts";

/** A peak of a day ago counts half. */
const HALF_LIFE_S = 86_400;
const MAX_CLIENTS = 1000;
/** Forgotten at once, together, when there are so many more. */
const SLACK = 200;

export const usualClientsSchema = z
  .array(z.tuple([z.string().min(1).max(64), z.number().min(0), z.number()]))
  .max(MAX_CLIENTS + SLACK);
/** A client, its peak in requests a second, and when that was, in Unix seconds. */
export type UsualClientsRecord = z.infer<typeof usualClientsSchema>;

/** What clients with many requests have asked in a second of usual times, at most. */
export class UsualClients {
  readonly #peaks: Map<string, { readonly peak: number; readonly at: number }>;

  constructor(record: UsualClientsRecord = []) {
    this.#peaks = new Map(record.map(([client, peak, at]) => [client, { peak, at }]));
  }

  get record(): UsualClientsRecord {
    return [...this.#peaks].map(([client, { peak, at }]) => [client, peak, at]);
  }

  peak(client: string, second: number): number {
    const known = this.#peaks.get(client);
    return known ? known.peak * 2 ** (-Math.max(0, second - known.at) / HALF_LIFE_S) : 0;
  }

  learn(rows: readonly ClientRow[], second: number): void {
    for (const { client, requests } of rows)
      if (requests >= this.peak(client, second)) this.#peaks.set(client, { peak: requests, at: second });
    if (this.#peaks.size <= MAX_CLIENTS + SLACK) return;
    const byPeak = [...this.#peaks.keys()].sort((a, b) => this.peak(b, second) - this.peak(a, second));
    for (const client of byPeak.slice(MAX_CLIENTS)) this.#peaks.delete(client);
  }
}
