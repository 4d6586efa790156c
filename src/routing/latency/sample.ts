import { distanceKm, lightRoundTripMs, type Point } from "../../geo/distance.ts";

/** What an edge has timed: one request to a region. Milliseconds. */
export interface Timing {
  /** From the start of the request until the response headers. */
  readonly elapsedMs: number;
  /** The part that the node itself took, by its `Server-Timing`; 0 when it says nothing. */
  readonly serverMs: number;
  /** How long the request was given. */
  readonly timeoutMs: number;
}

/**
 * The round trip that a timing shows, in milliseconds, or `null` when it shows none: not a time, nothing left, or no
 * less than the timeout. No signal is faster than light in a vacuum along the great circle, so that a node which claims
 * to have taken nearly all of the time, or stands elsewhere than the table says, is taken to be as far as it could be
 * near: it cannot draw the traffic of the world by pretending.
 */
export function roundTripOf({ elapsedMs, serverMs, timeoutMs }: Timing, from: Point | null, to: Point): number | null {
  if (!(elapsedMs > 0 && elapsedMs < timeoutMs && serverMs >= 0)) return null;
  const ms = elapsedMs - serverMs;
  if (!(ms > 0)) return null;
  return from === null ? ms : Math.max(ms, lightRoundTripMs(distanceKm(from, to)));
}

/** The `dur` of the first metric of a `Server-Timing` field (W3C Server Timing, section 3); 0 when there is none. */
export function serverTimeOf(serverTiming: string | null): number {
  const dur = serverTiming === null ? undefined : /;\s*dur=(\d{1,9}(?:\.\d{1,9})?)/i.exec(serverTiming)?.[1];
  return dur === undefined ? 0 : Number(dur);
}
