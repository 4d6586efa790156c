import type { BackendId } from "../../table/backend.ts";
import type { BackendEntry } from "../../table/snapshot.ts";
import type { Pool } from "../plan.ts";
import type { Traffic } from "../traffic.ts";
import { pickWeighted } from "./weighted.ts";

/** A member with the requests that it has in progress from this isolate. */
export interface Drawn {
  readonly backend: BackendId;
  readonly outstanding: number;
}

/**
 * The less busy, per weight, of two members drawn by weight (Mitzenmacher, "The power of two choices in randomized load
 * balancing", 2001). The two draws are the high and the low half of one.
 */
export function pickLeastOutstanding(pool: Pool, draw: number, traffic: Traffic, now: number) {
  const scaled = draw * 67108864;
  const first = pickWeighted(pool, draw);
  const second = pickWeighted(pool, scaled - Math.floor(scaled));
  const drawn: readonly [Drawn, Drawn] = [
    { backend: first.id, outstanding: traffic.outstanding(first.id, now) },
    { backend: second.id, outstanding: traffic.outstanding(second.id, now) },
  ];
  const isSecondLessBusy = drawn[1].outstanding * weightOf(first) < drawn[0].outstanding * weightOf(second);
  return { backend: isSecondLessBusy ? second : first, drawn };
}

const weightOf = ({ backend, region: { region } }: BackendEntry): number => backend.weight * region.weight;
