import type { Facts } from "../../src/request/facts.ts";
import type { RouteRequest } from "../../src/routing/decide.ts";
import type { Place } from "../../src/shield/client-concurrency.ts";
import type { BackendId } from "../../src/table/backend.ts";
import type { Snapshot } from "../../src/table/snapshot.ts";
import type { Verdict } from "../../src/telemetry/explain.ts";
import type { Occupancy } from "./occupancy.ts";

/** What is known of a request, written down as it passes, so that its end can be explained whatever ended it. */
export interface Passage {
  readonly requestId: string;
  readonly colo: string | null;
  /** Unix milliseconds. */
  readonly startedAt: number;
  facts: Facts | null;
  /** The one that was asked for, whether or not it is to be had. */
  service: string | null;
  snapshot: Snapshot | null;
  stale: boolean;
  request: RouteRequest | null;
  verdict: Verdict;
  /** Of the decision, Unix milliseconds. */
  at: number;
  draw: number;
  /** The backends that were ejected then. */
  ejected: readonly BackendId[];
  /** Where it is counted among those of its client until its response begins; `null` where it is not. */
  place: Place | null;
  /** What it holds until all is over; `null` where it holds nothing. */
  occupancy: Occupancy | null;
}

export const startPassage = (requestId: string, colo: string | null, startedAt: number): Passage => ({
  requestId,
  colo,
  startedAt,
  facts: null,
  service: null,
  snapshot: null,
  stale: false,
  request: null,
  verdict: null,
  at: startedAt,
  draw: 0,
  ejected: nobody,
  place: null,
  occupancy: null,
});

const nobody: readonly BackendId[] = [];
