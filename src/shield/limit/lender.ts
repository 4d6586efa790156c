import { fairLevel } from "./fair-share.ts";
import { type KeptBucket, restoreBucket, toKeep } from "./kept-bucket.ts";
import { AHEAD_MS, GRACE_MS, isSlow, LEASE_LIFE_MS, lifeMsOf } from "./loan.ts";
import type { Ask, Grant } from "./message.ts";
import { type BucketSpec, isSameSpec, perSecondOf } from "./spec.ts";
import { SteadyClock } from "./steady-clock.ts";
import { TokenBucket } from "./token-bucket.ts";

/**
 * Of what is lent before it has come, so much is for the shares. The rest makes up for what a full bucket loses because it
 * hears late that it is not full any more.
 */
const RESERVE_MS = 500;
/** Edges of one key. Each asks some seven times a second, and one object can answer about 1,000. */
export const MAX_EDGES = 1000;
/** Of the life of what it was lent, an edge counts as a sharer for so much after it asked. */
const DEMAND_PART = 0.8;
/** Where nobody had to be held back for so long, nobody has been over the limit without a break. */
export const MAX_GAP_MS = 3000;
export const REFRESH_MS = 150;
const MAX_REFRESH_MS = 1000;
/** Beyond this the edges are told to ask less often. */
const MAX_ASKS_PER_SECOND = 500;
/** What an edge with less than its fair share gets more than it asked for, as demand is never quite steady. */
const MARGIN = 1.1;
/** As long as there is enough, an edge is lent for so many times its demand, which may grow. */
const ROOM_TO_GROW = 2;
/** An edge that soon asks again at a slow limit is lent for so many requests as the one that found too little. */
const READY_REQUESTS = 8;
/** Of what is there of a slow limit, at most this part is lent for requests that may come: others may come elsewhere. */
const FORESEEN_PART = 2;

interface Edge {
  sequence: number;
  /** Tokens that it may still spend: at most so many, as what it spends is heard of late. */
  outstanding: number;
  /** They have run out by then. */
  until: number;
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
 * allowance. What edges let pass before they ask comes on top, where the key is of one client's address (`quietOf`), as
 * does what a restart of the owner forgets: a slow limit's bucket is written down (`KeptBucket`), and it is less than a
 * token or a second of the rate; another's begins full and knows nobody, and it is C.
 *
 * That is the worst case. Once more is asked for than there is, each edge is told a pace, and the paces add up to the
 * rate: admissions are then within 2 % of it while shares are equal, and within 5 % in single seconds where edges far apart
 * have very different demands. Where the burst is what comes in some milliseconds, edges that are over 100 ms away, there
 * and back, lose up to 4 %. As long as there is more, nothing is held back.
 *
 * A fast limit's edges ask every 150 ms. A slow limit's get what they will need until half of a longer life is over, and
 * ask before only when they run short.
 */
export class Lender {
  readonly #spec: BucketSpec;
  readonly #clock = new SteadyClock();
  readonly #bucket: TokenBucket;
  readonly #edges = new Map<string, Edge>();
  readonly #lifeMs: number;
  /** Tokens lent before a restart, to edges that nobody remembers. */
  #lentBefore = { outstanding: 0, until: Number.NEGATIVE_INFINITY };
  /** Asks of edges that there was no room for: of the second that began then, and of the one before. */
  #turnedAway = { since: Number.NEGATIVE_INFINITY, asks: 0, before: 0 };
  #askedAt = Number.NEGATIVE_INFINITY;
  /** When asks for more than the rate began to be held back, without a break, and when one last was. */
  #overSince: number | null = null;
  #overAt = Number.NEGATIVE_INFINITY;

  constructor(spec: BucketSpec, unixMs: number, kept: KeptBucket | null = null) {
    this.#spec = spec;
    this.#lifeMs = lifeMsOf(spec);
    const now = this.#clock.read(unixMs);
    if (kept === null || !isSameSpec(kept.spec, spec)) {
      this.#bucket = new TokenBucket(spec, now, AHEAD_MS);
      return;
    }
    const { bucket, lent, lentUntil } = restoreBucket(kept, now);
    this.#bucket = bucket;
    this.#lentBefore = { outstanding: lent, until: lentUntil };
  }

  has(spec: BucketSpec): boolean {
    return isSameSpec(this.#spec, spec);
  }

  get edges(): number {
    return this.#edges.size;
  }

  /** Tokens in the bucket as of the last ask. */
  get tokens(): number {
    return this.#bucket.tokens;
  }

  /** Tokens a second that all edges ask for together. */
  get offered(): number {
    let offered = 0;
    for (const edge of this.#edges.values()) if (this.#isSharer(edge)) offered += edge.demand;
    return offered;
  }

  /** For how long more has been asked for than the rate and than the bucket had to give, without a break. */
  get overForMs(): number {
    return this.#overSince === null ? 0 : this.#overAt - this.#overSince;
  }

  ask(ask: Ask, unixMs: number): Grant {
    const now = this.#clock.read(unixMs);
    this.#advance(now);
    const known = this.#edges.get(ask.edge);
    if (known && ask.sequence <= known.sequence)
      return known.sequence === ask.sequence ? known.grant : this.#nothing(ask, false);
    if (!known && this.#edges.size >= MAX_EDGES) return this.#turnAway(ask, now);
    const edge = known ?? {
      sequence: 0,
      outstanding: 0,
      until: now,
      due: 0,
      demand: 0,
      heardAt: now,
      grant: this.#nothing(ask, false),
    };
    this.#edges.set(ask.edge, edge);
    const isBack = known !== undefined && now - known.heardAt < this.#renewMs;
    this.#settle(edge, ask, now);
    edge.grant = this.#lend(edge, ask, isBack);
    // Should this answer be lost, what it holds lives on.
    const before = ask.held > 0 ? edge.until : now;
    edge.until = Math.max(before, now + edge.grant.lifeMs + GRACE_MS);
    return edge.grant;
  }

  /**
   * For an edge that there is no room for. It is told of all that ask, by the asks of those that are turned away, who each
   * ask once a second, and is charged for what it let pass: should its ask come twice, twice.
   */
  #turnAway(ask: Ask, now: number): Grant {
    this.#bucket.takeUpTo(ask.ahead);
    const { since } = this.#turnedAway;
    if (now - since >= MAX_REFRESH_MS) {
      const before = now - since < 2 * MAX_REFRESH_MS ? this.#turnedAway.asks : 0;
      this.#turnedAway = { since: now, asks: 0, before };
    }
    this.#turnedAway.asks += 1;
    const { asks, before } = this.#turnedAway;
    return { ...this.#nothing(ask, true), edges: this.#edges.size + Math.max(asks, before) };
  }

  /** After an ask: what is to be written down, or `null` where what was last still says it. */
  toKeep(last: KeptBucket | null, unixMs: number): KeptBucket | null {
    const lent = this.#outstanding();
    const now = this.#askedAt;
    let until = this.#lentBefore.outstanding > 0 ? this.#lentBefore.until : now;
    for (const edge of this.#edges.values()) if (edge.outstanding > 0) until = Math.max(until, edge.until);
    return toKeep(last, { spec: this.#spec, at: unixMs, parts: this.#bucket.parts, lent, lentForMs: until - now });
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
    this.#askedAt = now;
  }

  /** Who asks for more than the rate is not over the limit while the bucket has enough. */
  #judge(saturated: boolean, isHeldBack: boolean): void {
    const now = this.#askedAt;
    if (!saturated || now - this.#overAt > MAX_GAP_MS) this.#overSince = null;
    if (!isHeldBack) return;
    this.#overSince ??= now;
    this.#overAt = now;
  }

  #lend(edge: Edge, ask: Ask, isBack: boolean): Grant {
    const { need, waiting, sequence } = ask;
    const spanMs = Math.min(ask.spanMs, AHEAD_MS);
    const { share, saturated } = this.#shareOf(edge);
    edge.due = Math.floor((share * spanMs) / 1000);
    const paced = Math.max(0, edge.due - edge.outstanding);
    const spare = this.#spare();
    const slow = isSlow(this.#spec);
    const lastsMs = slow ? spanMs + this.#renewMs : spanMs;
    const expected = Math.floor((edge.demand * (saturated ? MARGIN : ROOM_TO_GROW) * lastsMs) / 1000);
    const ready = slow && isBack ? READY_REQUESTS * need : 0;
    const foreseen = slow ? Math.min(Math.max(expected, ready), Math.floor(spare / FORESEEN_PART)) : expected;
    const wanted = Math.max(need, waiting, foreseen) - edge.outstanding - paced;
    const extra = Math.min(spare, Math.max(0, wanted));
    // A part of what the dearest request costs would serve nobody here, and perhaps somebody elsewhere.
    const lacking = need - edge.outstanding - Math.min(paced + extra, this.#bucket.tokens);
    const tokens = lacking > 0 ? 0 : this.#bucket.takeUpTo(paced + extra);
    edge.outstanding += tokens;
    const isSpent = lacking > 0 || extra === spare;
    const isHeldBack = saturated && isSpent;
    this.#judge(saturated, isHeldBack);
    return {
      sequence,
      tokens,
      atOnce: isHeldBack ? Math.max(extra, need) : edge.outstanding,
      pace: isHeldBack ? share : null,
      edges: this.#edges.size,
      crowded: false,
      // What is for requests that are waiting is spent when it arrives.
      lifeMs: edge.outstanding > Math.max(need, waiting) ? this.#lifeMs : LEASE_LIFE_MS,
      refreshMs: this.#refreshMs(isSpent),
      retryAfterMs: lacking > 0 ? Math.ceil((lacking * 1000) / perSecondOf(this.#spec)) : 0,
    };
  }

  /** What a bucket that lends nothing would hold, as far as no edge has it yet: it may be spent beyond the shares. */
  #spare(): number {
    let shares = 0;
    for (const { outstanding, due } of this.#edges.values()) shares += Math.min(outstanding, due);
    return this.#bucket.tokensWithout(-shares, RESERVE_MS);
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
    for (const each of this.#edges.values()) if (this.#isSharer(each)) demands.push(each.demand * MARGIN);
    return { share: Math.min(demand * MARGIN, fairLevel(demands, perSecond)), saturated: true };
  }

  #isSharer({ heardAt }: Edge): boolean {
    return this.#askedAt - heardAt <= DEMAND_PART * this.#lifeMs;
  }

  #nothing({ sequence }: Ask, crowded: boolean): Grant {
    const refreshMs = crowded ? MAX_REFRESH_MS : this.#refreshMs(true);
    const edges = Math.max(1, this.#edges.size);
    const lifeMs = LEASE_LIFE_MS;
    return { sequence, tokens: 0, atOnce: 0, pace: 0, edges, crowded, lifeMs, refreshMs, retryAfterMs: refreshMs };
  }

  /** When to ask again, of a bucket in which nothing is left for now, or something is. */
  #refreshMs(isSpent: boolean): number {
    const leastMs = Math.min(MAX_REFRESH_MS, Math.max(REFRESH_MS, (this.#edges.size * 1000) / MAX_ASKS_PER_SECOND));
    if (!isSlow(this.#spec)) return leastMs;
    if (!isSpent) return Math.max(leastMs, this.#renewMs);
    // There is no use in asking before a token has come.
    return Math.max(leastMs, Math.min(MAX_REFRESH_MS, 1000 / perSecondOf(this.#spec)));
  }

  get #renewMs(): number {
    return this.#lifeMs / 2;
  }

  #outstanding(): number {
    let outstanding = this.#lentBefore.outstanding;
    for (const edge of this.#edges.values()) outstanding += edge.outstanding;
    return outstanding;
  }

  /** Lets time pass: what has run out makes room in the bucket from then on, and not before. */
  #advance(now: number): void {
    let out = this.#outstanding();
    const ended = [...this.#edges.values(), this.#lentBefore].filter(({ until }) => now > until);
    for (const loan of ended.sort((a, b) => a.until - b.until)) {
      this.#bucket.advance(loan.until, out);
      out -= loan.outstanding;
      loan.outstanding = 0;
    }
    this.#bucket.advance(now, out);
    for (const [name, { heardAt }] of this.#edges)
      if (now - heardAt > this.#lifeMs + GRACE_MS) this.#edges.delete(name);
  }
}
