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
 * less than the timeout, or of a road that begins nobody knows where (`from` is `null`). No signal is faster than light in a vacuum along the great circle, so that a node which claims
 * to have taken nearly all of the time, or stands elsewhere than the table says, is taken to be as far as it could be
 * near: it cannot draw the traffic of the world by pretending.
 */
export function roundTripOf({ elapsedMs, serverMs, timeoutMs }: Timing, from: Point | null, to: Point): number | null {
  if (from === null || !(elapsedMs > 0 && elapsedMs < timeoutMs && serverMs >= 0)) return null;
  const ms = elapsedMs - serverMs;
  return ms > 0 ? Math.max(ms, lightRoundTripMs(distanceKm(from, to))) : null;
}

/** RFC 9110, sections 5.6.2 and 5.6.4. */
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const QUOTED = '"(?:[^"\\\\]|\\\\.)*"';
const METRIC_NAME = new RegExp(`[\\s,]*${TOKEN}`, "y");
/** What stands between a value and the next parameter is passed over, as browsers do. */
const PARAM = new RegExp(`(?:[^;,"]|${QUOTED})*;\\s*(${TOKEN})\\s*(?:=\\s*(${TOKEN}|${QUOTED}))?`, "y");

/**
 * The `dur` of the first metric of a `Server-Timing` field (W3C Server Timing, section 3), in milliseconds; 0 when it
 * has none. Of a parameter that is there twice the first counts.
 */
export function serverTimeOf(serverTiming: string | null): number {
  if (serverTiming === null) return 0;
  METRIC_NAME.lastIndex = 0;
  if (!METRIC_NAME.test(serverTiming)) return 0;
  PARAM.lastIndex = METRIC_NAME.lastIndex;
  for (let param = PARAM.exec(serverTiming); param !== null; param = PARAM.exec(serverTiming)) {
    const [, name, value = ""] = param;
    if (name?.toLowerCase() === "dur") return millisecondsOf(value);
  }
  return 0;
}

function millisecondsOf(value: string): number {
  const digits = /^"?(\d+(?:\.\d+)?)"?$/.exec(value)?.[1];
  return digits === undefined ? 0 : Number(digits);
}
