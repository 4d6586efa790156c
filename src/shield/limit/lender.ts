import { Demands, MARGIN, ROOM_TO_GROW } from "./demands.ts";
import { type KeptBucket, restoreBucket, toKeep } from "./kept-bucket.ts";
import {
  AHEAD_MS,
  GRACE_MS,
  isSlow,
  LEASE_LIFE_MS,
  lifeMsOf,
  MAX_EDGES,
  moreAheadMsOf,
  moreAheadOf,
  refreshMsOf,
  reserveOf,
} from "./loan.ts";
import type { Ask, Grant } from "./message.ts";
import { type BucketSpec, isSameSpec, perSecondOf } from "./spec.ts";
import { SteadyClock } from "./steady-clock.ts";
import { TokenBucket } from "./token-bucket.ts";

/**
 * What is lent before it has come is for the shares, but for so much of the rate: it makes up for what a full bucket loses
 * because it hears late that it is not full any more.
 */
const LATE_MS = 100;
/** Of the life of what it was lent, an edge counts as a sharer for so much after it asked. */
const DEMAND_PART = 0.8;
/** Where nobody had to be held back for so long, nobody has been over the limit without a break. */
export const MAX_GAP_MS = 3000;
/** An edge for which a slow limit has nothing asks again by then, or when all edges have had their turn. */
const MAX_PAUSE_MS = 1000;
/** An edge that soon asks again at a slow limit is lent for so many requests as the one that found too little. */
const READY_REQUESTS = 8;
/** Of what is there of a slow limit, at most this part is lent for requests that may come: others may come elsewhere. */
const FORESEEN_PART = 2;

interface Loan {
  /** Tokens that it may still spend: at most so many, as what it spends is heard of late. */
  outstanding: number;
  /** They have run out by then. */
  until: number;
  /** Of these, what its share comes to until it asks again. */
  due: number;
  /** Nothing is known of who has it any more. */
  forgottenAt: number;
}

interface Edge extends Loan {
  sequence: number;
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
 *     C = burst + rate × AHEAD_MS + moreAheadOf(edges)
 *
 * since the bucket counts what is out when it fills. So in any time T, however messages travel, edges admit at most
 * `C + rate × T`, and in a second `limit + C`: C is what is called the leased allowance. Up to 75 edges, the third term is 0
 * and C is `burst + 0.6 × limit`; more edges ask less often, and hold what lasts as long. What edges let pass before they ask comes on top, where the key is of one client's address (`quietOf`), as
 * does what a restart of the owner forgets: a slow limit's bucket is written down (`KeptBucket`), and it is less than a
 * token or a second of the rate; another's begins full and knows nobody, and it is C.
 *
 * That is the worst case. Once more is asked for than there is, each edge is told a pace, and the paces add up to the
 * rate: admissions are then within 2 % of it while shares are equal, and within 5 % in single seconds where edges far apart
 * have very different demands. Where the burst is what comes in some milliseconds, edges that are over 100 ms away, there
 * and back, lose up to 4 %. As long as there is more, nothing is held back.
 *
 * Up to 75 edges of a fast limit ask every 150 ms, more of them 500 times a second together. A slow limit's get what they will need until half of a longer life is over, and
 * ask before only when they run short.
 */
export class Lender {
  readonly #spec: BucketSpec;
  readonly #clock = new SteadyClock();
  readonly #bucket: TokenBucket;
  readonly #edges = new Map<string, Edge>();
  /** Tokens lent before a restart, to edges that nobody remembers. */
  #lentBefore: Loan = { outstanding: 0, until: 0, due: 0, forgottenAt: Number.POSITIVE_INFINITY };
  readonly #demands: Demands;
  /** Of all edges: tokens outstanding, and those of them that are due. */
  #out = 0;
  #shares = 0;
  /** No loan ends before, and nobody is forgotten. */
  #endsAt = Number.POSITIVE_INFINITY;
  #askedAt = Number.NEGATIVE_INFINITY;
  /** When asks for more than the rate began to be held back, without a break, and when one last was. */
  #overSince: number | null = null;
  #overAt = Number.NEGATIVE_INFINITY;

  constructor(spec: BucketSpec, unixMs: number, kept: KeptBucket | null = null) {
    this.#spec = spec;
    this.#demands = new Demands(perSecondOf(spec));
    const now = this.#clock.read(unixMs);
    if (kept === null || !isSameSpec(kept.spec, spec)) {
      this.#bucket = new TokenBucket(spec, now, AHEAD_MS);
      return;
    }
    const { bucket, lent, lentUntil } = restoreBucket(kept, now);
    this.#bucket = bucket;
    this.#lentBefore = { ...this.#lentBefore, outstanding: lent, until: lentUntil };
    this.#out = lent;
    this.#endsAt = lentUntil;
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
    return this.#demands.offered;
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
      return known.sequence === ask.sequence ? known.grant : this.#nothing(ask);
    this.#askedAt = now;
    if (!known && this.#edges.size >= MAX_EDGES) return this.#turnAway(ask, now);
    const edge: Edge = known ?? {
      ...{ outstanding: 0, until: now, due: 0, forgottenAt: now },
      ...{ sequence: 0, heardAt: now, grant: this.#nothing(ask) },
    };
    this.#edges.set(ask.edge, edge);
    const isBack = known !== undefined && now - known.heardAt < this.#renewMs;
    this.#count(edge, -1);
    this.#settle(edge, ask, now);
    edge.grant = this.#lend(edge, ask, isBack);
    this.#count(edge, 1);
    // Should this answer be lost, what it holds lives on.
    const before = ask.held > 0 ? edge.until : now;
    edge.until = Math.max(before, now + edge.grant.lifeMs + GRACE_MS);
    edge.forgottenAt = Math.max(edge.until, now + this.#lifeMs + GRACE_MS);
    this.#endsAt = Math.min(this.#endsAt, endOf(edge));
    return edge.grant;
  }

  /**
   * For an edge that there is no room for. It is told a pace, at least an equal part of the rate, and twice as much while
   * there is something to spare; is charged for what it let pass, twice should its ask come twice; and gets what is for
   * requests that wait, which is spent when it arrives.
   */
  #turnAway(ask: Ask, now: number): Grant {
    this.#bucket.takeUpTo(ask.ahead);
    const refreshMs = refreshMsOf(this.#demands.edges);
    this.#demands.hear(ask.edge, ask.demand, now + 2 * refreshMs, now);
    const edges = Math.max(this.#edges.size + 1, this.#demands.edges);
    const spare = this.#spare();
    const tokens = ask.need <= spare ? this.#bucket.takeUpTo(Math.min(ask.waiting, spare)) : 0;
    const part = Math.max(this.#demands.shareOf(ask.demand), perSecondOf(this.#spec) / edges);
    const pace = spare > 0 ? ROOM_TO_GROW * part : part;
    return { ...this.#nothing(ask), tokens, atOnce: tokens, pace, edges, crowded: true, refreshMs: refreshMsOf(edges) };
  }

  /** After an ask: what is to be written down, or `null` where what was last still says it. */
  toKeep(last: KeptBucket | null, unixMs: number): KeptBucket | null {
    const now = this.#askedAt;
    let until = this.#lentBefore.outstanding > 0 ? this.#lentBefore.until : now;
    for (const edge of this.#edges.values()) if (edge.outstanding > 0) until = Math.max(until, edge.until);
    return toKeep(last, {
      spec: this.#spec,
      at: unixMs,
      parts: this.#bucket.parts,
      lent: this.#out,
      lentForMs: until - now,
    });
  }

  /** Takes in what an edge says of itself. */
  #settle(edge: Edge, ask: Ask, now: number): void {
    const returned = Math.min(ask.returned, edge.outstanding);
    edge.outstanding = Math.min(ask.held, edge.outstanding - returned);
    this.#bucket.giveBack(returned);
    this.#bucket.takeUpTo(ask.ahead);
    edge.sequence = ask.sequence;
    edge.heardAt = now;
    this.#demands.hear(ask.edge, ask.demand, now + DEMAND_PART * this.#lifeMs, now);
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
    const { need, waiting, sequence, demand } = ask;
    const spanMs = Math.min(ask.spanMs, AHEAD_MS + moreAheadMsOf(this.#edges.size));
    const share = this.#demands.shareOf(demand);
    const saturated = this.#demands.isSaturated;
    edge.due = Math.floor((share * spanMs) / 1000 + reserveOf(share, this.#edges.size));
    const paced = Math.max(0, edge.due - edge.outstanding);
    const spare = this.#spare(edge);
    const slow = isSlow(this.#spec);
    const lastsMs = slow ? spanMs + this.#renewMs : spanMs;
    const expected = Math.floor((demand * (saturated ? MARGIN : ROOM_TO_GROW) * lastsMs) / 1000);
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
  #spare(edge?: Edge): number {
    const shares = this.#shares + (edge ? dueOf(edge) : 0);
    return this.#bucket.tokensWithout(-shares, AHEAD_MS + moreAheadMsOf(this.#edges.size) - LATE_MS);
  }

  #nothing({ sequence }: Ask): Grant {
    const refreshMs = this.#refreshMs(true);
    const edges = Math.max(1, this.#edges.size);
    const rest = { edges, crowded: false, lifeMs: LEASE_LIFE_MS, refreshMs, retryAfterMs: refreshMs };
    return { sequence, tokens: 0, atOnce: 0, pace: 0, ...rest };
  }

  /** When to ask again, of a bucket in which nothing is left for now, or something is. */
  #refreshMs(isSpent: boolean): number {
    const leastMs = refreshMsOf(this.#edges.size);
    if (!isSlow(this.#spec)) return leastMs;
    if (!isSpent) return Math.max(leastMs, this.#renewMs);
    // There is no use in asking before a token has come.
    return Math.max(leastMs, Math.min(MAX_PAUSE_MS, 1000 / perSecondOf(this.#spec)));
  }

  get #lifeMs(): number {
    return lifeMsOf(this.#spec, this.#edges.size);
  }

  get #renewMs(): number {
    return this.#lifeMs / 2;
  }

  /** Adds a loan to the sums, or takes it out of them before it changes. */
  #count(loan: Loan, sign: 1 | -1): void {
    this.#out += sign * loan.outstanding;
    this.#shares += sign * dueOf(loan);
  }

  /** Lets time pass: what has run out makes room in the bucket from then on, and not before. */
  #advance(now: number): void {
    if (now > this.#endsAt) this.#end(now);
    this.#advanceBucket(now);
  }

  #advanceBucket(now: number): void {
    // Of many edges, which are heard of less often, more may be out.
    const more = moreAheadOf(this.#spec, this.#edges.size);
    this.#bucket.advance(now, Math.max(0, this.#out - more));
  }

  #end(now: number): void {
    const loans = [...this.#edges.values(), this.#lentBefore].filter(({ outstanding }) => outstanding > 0);
    for (const loan of loans.filter(({ until }) => now > until).sort((a, b) => a.until - b.until)) {
      this.#advanceBucket(loan.until);
      this.#count(loan, -1);
      loan.outstanding = 0;
    }
    for (const [name, { forgottenAt }] of this.#edges) if (now > forgottenAt) this.#edges.delete(name);
    this.#endsAt = Math.min(...[...this.#edges.values(), this.#lentBefore].map(endOf));
  }
}

const dueOf = ({ outstanding, due }: Loan): number => Math.min(outstanding, due);

const endOf = ({ outstanding, until, forgottenAt }: Loan): number => (outstanding > 0 ? until : forgottenAt);
