import { answer } from "../dns/answer.ts";
import type { Query } from "../dns/query.ts";
import type { RecordSet } from "../dns/record-set.ts";
import type { Resolved } from "../dns/resolve.ts";
import type { Response } from "../dns/response.ts";
import { calm } from "../routing/calm.ts";
import { Traffic } from "../routing/traffic.ts";
import { makeView } from "../routing/view.ts";
import type { Snapshot } from "../table/snapshot.ts";
import { type Catalogue, catalogueOf, type SteeredSet } from "./catalogue.ts";
import type { DnsClient } from "./client.ts";
import { FAILING_OVER_TTL_SECONDS, isFailingOver } from "./failing-over.ts";
import { regionsOf } from "./pool.ts";
import { Steerer } from "./steer.ts";

/** An answer, and what it rests on. */
export interface Told {
  readonly response: Response;
  /** Seconds for which it may be kept (RFC 8484, section 5.1): the smallest TTL of what it says; 0 where it says nothing. */
  readonly maxAgeSeconds: number;
  /** Whether a client elsewhere might be told something else. */
  readonly byPlace: boolean;
  /** Of the steered record sets that were asked: where in the policy the values stand. */
  readonly steered: readonly { readonly id: string; readonly targets: readonly string[] }[];
}

/** Answers for the zones of one snapshot. */
export class Authority {
  readonly #catalogue: Catalogue;
  readonly #steerer: Steerer;
  readonly #snapshot: Snapshot;
  readonly epoch: number;

  constructor(snapshot: Snapshot) {
    this.epoch = snapshot.epoch;
    this.#catalogue = catalogueOf(snapshot.table);
    this.#steerer = new Steerer(makeView(snapshot, calm, new Traffic()));
    this.#snapshot = snapshot;
  }

  /** `now` is Unix milliseconds, `draw` in [0, 1). */
  answer(query: Query, client: DnsClient, now: number, draw: number): Told {
    let byPlace = false;
    const steered: { id: string; targets: readonly string[] }[] = [];
    const response = answer(this.#catalogue.zones, query, (set): Resolved => {
      const own = this.#catalogue.steered.get(set);
      if (!own) return { values: turned(set.values, draw), ttl: set.ttl, scopePrefix: 0 };
      const told = this.#steerer.steer(own.id, own.steering, client.place, now, draw);
      byPlace ||= told.byPlace;
      steered.push({ id: own.id, targets: told.targets });
      return {
        values: valuesOf(own, told.targets),
        ttl: this.#ttlOf(set, own),
        scopePrefix: told.byPlace || isByChance(own) ? client.prefix : 0,
      };
    });
    return { response, maxAgeSeconds: maxAgeOf(response), byPlace, steered };
  }

  #ttlOf({ ttl }: RecordSet, { steering }: SteeredSet): number {
    const isMoving = regionsOf(steering).some((region) => isFailingOver(this.#snapshot, region));
    return isMoving ? Math.min(ttl, FAILING_OVER_TTL_SECONDS) : ttl;
  }
}

function valuesOf({ steering, values }: SteeredSet, targets: readonly string[]) {
  const told = targets.flatMap((target) => values.get(target) ?? []);
  return steering.kind === "multivalue" ? told.slice(0, steering.maxValues) : told;
}

/** Drawn anew for each network: of one draw for all the world, a cache would make weights of 90 and 10 all and nothing. */
const isByChance = ({ steering: { kind } }: SteeredSet) => kind === "weighted" || kind === "multivalue";

/** From another one on each time, so that clients that take the first spread. */
function turned<T>(values: readonly T[], draw: number): readonly T[] {
  const first = Math.floor(draw * values.length);
  return first === 0 ? values : [...values.slice(first), ...values.slice(0, first)];
}

function maxAgeOf({ answer, authority }: Response): number {
  const ttls = [...answer, ...authority].map(({ ttl }) => ttl);
  return ttls.length === 0 ? 0 : Math.min(...ttls);
}
