import { keepRecent } from "../../base/keep-recent.ts";
import { fairLevel } from "./fair-share.ts";

/** What an edge with less than its fair share gets more than it asked for, as demand is never quite steady. */
export const MARGIN = 1.1;
/** As long as there is enough, an edge is lent for so many times its demand, which may grow. */
export const ROOM_TO_GROW = 2;
/** Edges that are remembered, those that were heard last. Of more, each gets too large a part. */
const MAX_HEARD = 20_000;
/** All are added up after so many asks for each edge, so that an ask costs about the same however many there are. */
const ASKS_PER_EDGE = 1 / 50;

/** What the edges of a key ask for, in tokens a second, and what each gets of the rate. */
export class Demands {
  readonly #perSecond: number;
  readonly #edges = new Map<string, { readonly demand: number; readonly until: number }>();
  #asks = 0;
  #offered = 0;
  #level = Number.POSITIVE_INFINITY;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  get edges(): number {
    return this.#edges.size;
  }

  /** By all together. */
  get offered(): number {
    return this.#offered;
  }

  get isSaturated(): boolean {
    return this.#offered > this.#perSecond;
  }

  /** An edge says what it is asked for, and counts until then. */
  hear(edge: string, demand: number, until: number, now: number): void {
    keepRecent(this.#edges, edge, { demand, until }, MAX_HEARD);
    this.#asks += 1;
    if (this.#asks >= this.#edges.size * ASKS_PER_EDGE) this.#add(now);
  }

  /** Tokens a second for an edge: its fair share, or more than it asks while there is more than all ask. */
  shareOf(demand: number): number {
    if (this.isSaturated) return Math.min(demand * MARGIN, this.#level);
    return this.#offered === 0 ? 0 : Math.min(ROOM_TO_GROW, this.#perSecond / this.#offered) * demand;
  }

  #add(now: number): void {
    this.#asks = 0;
    this.#offered = 0;
    const demands: number[] = [];
    for (const [edge, { demand, until }] of this.#edges) {
      if (until < now) this.#edges.delete(edge);
      else {
        this.#offered += demand;
        demands.push(demand * MARGIN);
      }
    }
    this.#level = this.isSaturated ? fairLevel(demands, this.#perSecond) : Number.POSITIVE_INFINITY;
  }
}
