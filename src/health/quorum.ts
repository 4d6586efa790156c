import type { Tally, Verdict, Vote } from "../table/verdict.ts";
import { VOTE_LIFETIME_MS } from "./hysteresis.ts";

/** Of fewer voters one that is wrong can be the majority, or as good as it. */
const MIN_CONFIDENT_VOTERS = 3;

export interface HeldVote {
  readonly vote: Vote;
  /** When the table heard it, Unix milliseconds by the table's own clock: those of the vantages may differ. */
  readonly heardAt: number;
}

/**
 * What the vantages hold of a backend, by simple majority of those that vote. A tie leaves the standing verdict as it
 * is, and so does silence. `null` while nothing is decided.
 */
export function settle(standing: Verdict | null, held: readonly HeldVote[], now: number): Verdict | null {
  const votes = counting(held, now).map(({ vote }) => vote);
  const tally = count(votes);
  const status = majority(tally) ?? standing?.status;
  const agreeing = votes.filter((vote) => vote.status === status);
  const spokesman = newest(agreeing);
  if (status === undefined || spokesman === null) return standing && { ...standing, votes: tally };
  const { checkedAt, vantage, detail } = spokesman;
  return {
    status,
    since: standing?.status === status ? standing.since : now,
    recoveredAt: status === "down" ? null : standing?.status === "down" ? now : (standing?.recoveredAt ?? null),
    // A vantage whose clock is ahead is taken to speak of now.
    checkedAt: Math.min(checkedAt, now),
    latencyMs: median(votes.flatMap(({ latencyMs }) => latencyMs ?? [])),
    load: newest(agreeing.filter(({ load }) => load !== null))?.load ?? null,
    vantage,
    detail,
    votes: tally,
  };
}

/**
 * When votes that nobody renews could next change the verdict, Unix milliseconds; infinite when they cannot. Where all
 * are of one mind, fewer voters change no more than the confidence.
 */
export function nextLapseAt(held: readonly HeldVote[], now: number): number {
  const votes = counting(held, now);
  const lapses = votes.map(({ heardAt }) => heardAt + VOTE_LIFETIME_MS).sort((a, b) => a - b);
  const { up, down } = count(votes.map(({ vote }) => vote));
  const spare = up === 0 || down === 0 ? Math.max(0, votes.length - MIN_CONFIDENT_VOTERS) : 0;
  return lapses[spare] ?? Number.POSITIVE_INFINITY;
}

/** Whether a vote that was heard at a time counts, both in Unix milliseconds. */
export const counts = (heardAt: number, now: number): boolean => now - heardAt < VOTE_LIFETIME_MS;

function counting(held: readonly HeldVote[], now: number): readonly HeldVote[] {
  return held.filter(({ heardAt }) => counts(heardAt, now));
}

function count(votes: readonly Vote[]): Tally {
  const up = votes.filter(({ status }) => status === "up").length;
  return { up, down: votes.length - up, confidence: votes.length < MIN_CONFIDENT_VOTERS ? "low" : "full" };
}

function majority({ up, down }: Tally): Vote["status"] | null {
  if (up === down) return null;
  return up > down ? "up" : "down";
}

/** Of the vantage that looked last; of two at the same time always the same one, whichever was heard first. */
function newest(votes: readonly Vote[]): Vote | null {
  const isNewer = (a: Vote, b: Vote) =>
    a.checkedAt === b.checkedAt ? a.vantage < b.vantage : a.checkedAt > b.checkedAt;
  return votes.reduce<Vote | null>((best, vote) => (best === null || isNewer(vote, best) ? vote : best), null);
}

function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return upper === undefined || lower === undefined ? null : (lower + upper) / 2;
}
