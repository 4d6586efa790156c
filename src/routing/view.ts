import type { BackendId } from "../table/backend.ts";
import type { Snapshot } from "../table/snapshot.ts";
import type { Plan } from "./plan.ts";
import type { Traffic } from "./traffic.ts";

/** What this isolate has observed of backends by itself; the outlier detector is one. */
export interface LocalHealth {
  isEjected(backend: BackendId, now: number): boolean;
  /** Differs whenever the answer of `isEjected` may, other than by the passing of `nextChangeAt`. */
  readonly revision: number;
  /** Unix milliseconds; infinite when nothing is due. */
  readonly nextChangeAt: number;
}

/** What decisions are made from: the table, this isolate's own observations, and plans kept for reuse. */
export interface View {
  readonly snapshot: Snapshot;
  readonly local: LocalHealth;
  readonly traffic: Traffic;
  /** Plans by what they depend on besides the view; each can be made again, so losing one costs only time. */
  readonly plans: Map<string, Plan>;
}

/** Plans kept at a time: 330 colos with a few services, and room; all are dropped when it is full. */
export const MAX_PLANS = 4096;

export function makeView(snapshot: Snapshot, local: LocalHealth, traffic: Traffic): View {
  return { snapshot, local, traffic, plans: new Map() };
}
