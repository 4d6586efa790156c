import type { BackendEntry } from "../../table/snapshot.ts";
import type { Pool } from "../plan.ts";
import type { Traffic } from "../traffic.ts";
import { pickWeighted } from "./weighted.ts";

/**
 * The less busy, per weight, of two members drawn by weight (Mitzenmacher, "The power of two choices in randomized load
 * balancing", 2001). The two draws are the high and the low half of one.
 */
export function pickLeastOutstanding(pool: Pool, draw: number, traffic: Traffic, now: number): BackendEntry {
  const scaled = draw * 67108864;
  const first = pickWeighted(pool, draw);
  const second = pickWeighted(pool, scaled - Math.floor(scaled));
  const busier = traffic.outstanding(first.id, now) * weightOf(second);
  return traffic.outstanding(second.id, now) * weightOf(first) < busier ? second : first;
}

const weightOf = ({ backend, region: { region } }: BackendEntry): number => backend.weight * region.weight;
