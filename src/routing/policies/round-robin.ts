import type { BackendEntry } from "../../table/snapshot.ts";
import type { Pool } from "../plan.ts";

/** Turns in a round that cannot be exact: weights are honoured to about one part in this many. */
const MAX_TURNS = 1024;
/** And for each member of a large pool, on average: to about one part in this many of its own. */
const TURNS_EACH = 8;

const rounds = new WeakMap<Pool, readonly BackendEntry[]>();

/** The member whose turn it is. Equal members come strictly in order, heavier ones as evenly spread as possible. */
export function pickInTurn(pool: Pool, turn: number): BackendEntry {
  let round = rounds.get(pool);
  if (!round) {
    round = makeRound(pool);
    rounds.set(pool, round);
  }
  return round[turn % round.length] as BackendEntry;
}

/** Gives each member its number of turns, the k-th at (k + ½)/turns of the round: stride scheduling. */
function makeRound({ entries, weights, totalWeight }: Pool): BackendEntry[] {
  const unit = weights.every(Number.isInteger) ? weights.reduce(greatestCommonDivisor) : 0;
  const exact = unit > 0 ? totalWeight / unit : Number.POSITIVE_INFINITY;
  const turns = Math.min(exact, Math.max(MAX_TURNS, TURNS_EACH * entries.length));
  const slots = entries.flatMap((entry, i) => {
    const count = Math.max(1, Math.round((turns * (weights[i] as number)) / totalWeight));
    return Array.from({ length: count }, (_, k) => ({ entry, at: (k + 0.5) / count, i }));
  });
  return slots.sort((a, b) => a.at - b.at || a.i - b.i).map(({ entry }) => entry);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
