import type { BackendEntry } from "../../table/snapshot.ts";
import type { Pool } from "../plan.ts";
import type { Traffic } from "../traffic.ts";
import { pickWeighted } from "./weighted.ts";

/**
 * The less busy of two members drawn by weight (Mitzenmacher, "The power of two choices in randomized load
 * balancing", 2001). The two draws are the high and the low half of one.
 */
export function pickLeastOutstanding(pool: Pool, draw: number, traffic: Traffic, now: number): BackendEntry {
  const scaled = draw * 67108864;
  const first = pickWeighted(pool, draw);
  const second = pickWeighted(pool, scaled - Math.floor(scaled));
  return traffic.outstanding(second.id, now) < traffic.outstanding(first.id, now) ? second : first;
}
