import { z } from "zod";
import type { Random } from "../../base/random.ts";
import type { Slice } from "./slice.ts";
import { UsualClients, usualClientsSchema } from "./usual-clients.ts";
import { UsualSamples, usualSamplesSchema } from "./usual-samples.ts";
import { UsualShares, usualSharesSchema } from "./usual-shares.ts";

/** Seconds teach when they are so old and no attack has begun since: its first ones are not usual. */
const LAG_S = 10;

export const habitsSchema = z.object({
  shares: usualSharesSchema,
  clients: usualClientsSchema,
  samples: usualSamplesSchema,
});
export type HabitsRecord = z.infer<typeof habitsSchema>;

/** What is usual for a service. It is taught in quiet times alone. */
export class Habits {
  readonly shares: UsualShares;
  readonly clients: UsualClients;
  readonly samples: UsualSamples;
  #pending: Slice[] = [];

  constructor(random: Random, record: HabitsRecord | null = null) {
    this.shares = new UsualShares(record?.shares);
    this.clients = new UsualClients(record?.clients);
    this.samples = new UsualSamples(random, record?.samples);
  }

  get record(): HabitsRecord {
    return { shares: this.shares.record, clients: this.clients.record, samples: [...this.samples.all] };
  }

  /** Takes a second of quiet times in. Gives the one that has proved to be quiet by it. */
  learn(slice: Slice): Slice | null {
    this.#pending.push(slice);
    const proved = this.#pending.length > LAG_S ? this.#pending.shift() : undefined;
    if (!proved) return null;
    this.shares.learn(proved);
    this.clients.learn(proved.clients, proved.second);
    this.samples.learn(proved);
    return proved;
  }

  /** An attack has begun: the seconds before it was seen teach nothing. */
  forgetPending(): void {
    this.#pending = [];
  }
}
