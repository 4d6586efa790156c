import type { Random } from "../../base/random.ts";
import type { Slice } from "./slice.ts";

/** Clients of one telling. */
export const MAX_SIGHTED = 500;

export interface GoodClient {
  readonly client: string;
  /** Unix milliseconds. */
  readonly at: number;
}

/** A sample of the clients that were served well in quiet times, each once, all alike likely to be in it. */
export class GoodClients {
  readonly #random: Random;
  #kept = new Map<string, number>();

  constructor(random: Random) {
    this.#random = random;
  }

  add({ second, samples }: Slice): void {
    for (const { traits, region, result } of samples) {
      if (region === null || (result !== "2xx" && result !== "3xx")) continue;
      const { client } = traits;
      if (!this.#kept.has(client) && this.#kept.size >= MAX_SIGHTED && !this.#makeRoom()) continue;
      this.#kept.set(client, second * 1000);
    }
  }

  take(): GoodClient[] {
    const taken = [...this.#kept].map(([client, at]) => ({ client, at }));
    this.#kept = new Map();
    return taken;
  }

  /** Half of those that come later take the place of the one that was seen the longest ago. */
  #makeRoom(): boolean {
    const [oldest] = this.#kept.keys();
    if (oldest === undefined || this.#random.unit() < 0.5) return false;
    this.#kept.delete(oldest);
    return true;
  }
}
