import { fairLevel } from "./fair-share.ts";
import type { Ask, Grant } from "./message.ts";
import { type BucketSpec, isSameSpec, perSecondOf } from "./spec.ts";
import { SteadyClock } from "./steady-clock.ts";
import { TokenBucket } from "./token-bucket.ts";

/**
 * So much of the rate may be lent before it has come. What an edge spends is heard of after an interval and a round trip:
 * this covers ways there and back of up to 240 ms, beyond which an edge runs dry between two answers.
 */
export const AHEAD_MS = 600;
/**
 * Of it, what is kept for the shares. The rest makes up for what a full bucket loses because it hears late that it is not
 * full any more.
 */
const RESERVE_MS = 500;
/** Edges of one key. Each asks some seven times a second, and one object can answer about 1,000. */
export const MAX_EDGES = 1000;
/** An edge that has not asked for so long is forgotten. What it then still holds has run out: `LEASE_LIFE_MS`. */
export const EDGE_MEMORY_MS = 3000;
/** An edge counts as a sharer for so long after it asked. */
const DEMAND_MS = 1200;
export const REFRESH_MS = 150;
const MAX_REFRESH_MS = 1000;
/** Beyond this the edges are told to ask less often. */
const MAX_ASKS_PER_SECOND = 500;
/** What an edge with less than its fair share gets more than it asked for, as demand is never quite steady. */
const MARGIN = 1.1;
/** As long as there is enough, an edge is lent for so many times its demand, which may grow. */
const ROOM_TO_GROW = 2;

interface Edge {
  sequence: number;
  /** Tokens that it may still spend: at most so many, as what it spends is heard of late. */
  outstanding: number;
  /** Of these, what its share comes to until it asks again. */
  due: number;
  /** Tokens a second. */
  demand: number;
  heardAt: number;
  grant: Grant;
}

/**
 * Lends the tokens of one bucket to edges.
 *
 * A token is taken from the bucket when it is lent. It comes back only when its edge returns it, by an ask that has not
 * been seen before, and never more than that edge was lent: so an ask that is lost, late or repeated may burn tokens and
 * never makes any. Tokens in the bucket and out on loan are together at most
 *
 *     C = burst + rate × AHEAD_MS
 *
 * since the bucket counts what is out when it fills. So in any time T, however messages travel, edges admit at most
 * `C + rate × T`, and in a second `limit + (burst + 0.6 × limit)`: the term in brackets is what is called the leased
 * allowance. What edges let pass before they ask comes on top, where the key is of one client's address (`quietOf`), as does C each time that the owner
 * restarts, since it then begins with a full bucket and knows nobody.
 *
 * That is the worst case. While the demand is over the limit, each edge is told a pace, and the paces add up to the
 * rate: once the burst is spent, admissions are within 2 % of it while shares are equal, and within 5 % in single seconds
 * where edges far apart have very different demands.
 */
export class Lender {
  readonly #spec: BucketSpec;
  readonly #clock = new SteadyClock();
  readonly #bucket: TokenBucket;
  readonly #edges = new Map<string, Edge>();
  #askedAt = Number.NEGATIVE_INFINITY;
  #overSince: number | null = null;

  constructor(spec: BucketSpec, now: number) {
    this.#spec = spec;
    this.#bucket = new TokenBucket(spec, this.#clock.read(now), AHEAD_MS);
  }

  has(spec: BucketSpec): boolean {
    return isSameSpec(this.#spec, spec);
  }

  get edges(): number {
    return this.#edges.size;
  }

  /** Tokens a second that all edges ask for together. */
  get offered(): number {
    let offered = 0;
    for (const { demand, heardAt } of this.#edges.values()) if (this.#askedAt - heardAt <= DEMAND_MS) offered += demand;
    return offered;
  }

  /** For how long more has been asked for than there is, without a break. */
  get overForMs(): number {
    return this.#overSince === null ? 0 : this.#askedAt - this.#overSince;
  }

  ask(ask: Ask, unixMs: number): Grant {
    const now = this.#clock.read(unixMs);
    this.#forget(now);
    this.#bucket.advance(now, this.#outstanding());
    const known = this.#edges.get(ask.edge);
    if (known && ask.sequence <= known.sequence)
      return known.sequence === ask.sequence ? known.grant : this.#nothing(ask, false);
    if (!known && this.#edges.size >= MAX_EDGES) return this.#nothing(ask, true);
    const edge = known ?? {
      sequence: 0,
      outstanding: 0,
      due: 0,
      demand: 0,
      heardAt: now,
      grant: this.#nothing(ask, false),
    };
    this.#edges.set(ask.edge, edge);
    this.#settle(edge, ask, now);
    edge.grant = this.#lend(edge, ask);
    return edge.grant;
  }

  /** Takes in what an edge says of itself. */
  #settle(edge: Edge, ask: Ask, now: number): void {
    const returned = Math.min(ask.returned, edge.outstanding);
    edge.outstanding = Math.min(ask.held, edge.outstanding - returned);
    this.#bucket.giveBack(returned);
    this.#bucket.takeUpTo(ask.ahead);
    edge.sequence = ask.sequence;
    edge.demand = ask.demand;
    edge.heardAt = now;
    if (now - this.#askedAt > EDGE_MEMORY_MS) this.#overSince = null;
    this.#askedAt = now;
    if (this.offered > perSecondOf(this.#spec)) this.#overSince ??= now;
    else this.#overSince = null;
  }

  #lend(edge: Edge, ask: Ask): Grant {
    const spanMs = Math.min(ask.spanMs, AHEAD_MS);
    const { share, saturated } = this.#shareOf(edge);
    edge.due = Math.floor((share * spanMs) / 1000);
    const paced = Math.max(0, edge.due - edge.outstanding);
    const expected = Math.floor((edge.demand * (saturated ? MARGIN : ROOM_TO_GROW) * spanMs) / 1000);
    const wanted = Math.max(ask.need, ask.waiting, expected) - edge.outstanding - paced;
    const extra = Math.min(this.#spare(), Math.max(0, wanted));
    // A part of what the dearest request costs would serve nobody here, and perhaps somebody elsewhere.
    const lacking = ask.need - edge.outstanding - Math.min(paced + extra, this.#bucket.tokens);
    const tokens = lacking > 0 ? 0 : this.#bucket.takeUpTo(paced + extra);
    edge.outstanding += tokens;
    return {
      sequence: ask.sequence,
      tokens,
      atOnce: saturated ? Math.max(extra, ask.need) : edge.outstanding,
      pace: saturated ? share : null,
      edges: this.#edges.size,
      crowded: false,
      refreshMs: this.#refreshMs(),
      retryAfterMs: lacking > 0 ? Math.ceil((lacking * 1000) / perSecondOf(this.#spec)) : 0,
    };
  }

  /** What a bucket that lends nothing would hold, as far as no edge has it yet: it may be spent beyond the shares. */
  #spare(): number {
    let beyond = 0;
    for (const { outstanding, due } of this.#edges.values()) beyond += Math.max(0, outstanding - due);
    return this.#bucket.tokensWithout(beyond - this.#outstanding(), RESERVE_MS);
  }

  /** Tokens a second for an edge: its fair share, or more than it asks while there is more than all ask. */
  #shareOf({ demand }: Edge): { readonly share: number; readonly saturated: boolean } {
    const perSecond = perSecondOf(this.#spec);
    const { offered } = this;
    if (offered <= perSecond) {
      const share = offered === 0 ? 0 : Math.min(ROOM_TO_GROW, perSecond / offered) * demand;
      return { share, saturated: false };
    }
    const demands: number[] = [];
    for (const each of this.#edges.values())
      if (this.#askedAt - each.heardAt <= DEMAND_MS) demands.push(each.demand * MARGIN);
    return { share: Math.min(demand * MARGIN, fairLevel(demands, perSecond)), saturated: true };
  }

  #nothing({ sequence }: Ask, crowded: boolean): Grant {
    const refreshMs = crowded ? MAX_REFRESH_MS : this.#refreshMs();
    const edges = Math.max(1, this.#edges.size);
    return { sequence, tokens: 0, atOnce: 0, pace: 0, edges, crowded, refreshMs, retryAfterMs: refreshMs };
  }

  #refreshMs(): number {
    return Math.min(MAX_REFRESH_MS, Math.max(REFRESH_MS, (this.#edges.size * 1000) / MAX_ASKS_PER_SECOND));
  }

  #outstanding(): number {
    let outstanding = 0;
    for (const edge of this.#edges.values()) outstanding += edge.outstanding;
    return outstanding;
  }

  #forget(now: number): void {
    for (const [name, { heardAt }] of this.#edges) if (now - heardAt > EDGE_MEMORY_MS) this.#edges.delete(name);
  }
}
