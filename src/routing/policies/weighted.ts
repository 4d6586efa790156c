import type { BackendEntry } from "../../table/snapshot.ts";
import type { Pool } from "../plan.ts";

/** The member on which a draw in [0, 1) falls when members lie side by side, each as wide as its weight. */
export function pickWeighted({ entries, weights, totalWeight }: Pool, draw: number): BackendEntry {
  let left = draw * totalWeight;
  const last = entries.length - 1;
  for (let i = 0; i < last; i++) {
    left -= weights[i] as number;
    if (left < 0) return entries[i] as BackendEntry;
  }
  return entries[last] as BackendEntry;
}
