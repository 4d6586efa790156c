import { rendezvousScore } from "../../base/hash.ts";

interface Hashed {
  readonly hash: number;
}

/** The member with the highest score for the key; those of no weight are passed over. */
export function pickRendezvous<T extends Hashed>(members: readonly T[], weights: readonly number[], key: number): T {
  let best = members[0] as T;
  let bestScore = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < members.length; i++) {
    const member = members[i] as T;
    const score = rendezvousScore(key, member.hash, weights[i] as number);
    if (score > bestScore) {
      best = member;
      bestScore = score;
    }
  }
  return best;
}

/** All members, best first: the order in which a key moves on as members fail. */
export function rankRendezvous<T extends Hashed>(members: readonly T[], weights: readonly number[], key: number): T[] {
  return members
    .map((member, i) => ({ member, score: rendezvousScore(key, member.hash, weights[i] as number) }))
    .sort((a, b) => b.score - a.score)
    .map(({ member }) => member);
}
