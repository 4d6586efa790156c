import type { RegionState } from "../health/region-state.ts";

/** What the edges saw of a region of late. */
export interface RegionFigures {
  readonly requests: number;
  /** 0 to 1; `null` without requests. */
  readonly errorRate: number | null;
  /** Until the response headers, milliseconds. */
  readonly p95Ms: number | null;
}

/** What is held of a region as a whole. */
export interface RegionSigns extends RegionFigures {
  readonly state: RegionState;
}

/** Fewer requests tell nothing. */
const MIN_REQUESTS = 20;
/** A region may fail this much more often than the rest, and be so many times as slow, if it is slow at all. */
const MAX_MORE_ERRORS = 0.02;
const MAX_TIMES_SLOWER = 2;
const MIN_SLOW_MS = 250;

/** What is wrong with a region that comes back, compared with the rest; `null` when nothing is. */
export function faultOf(region: RegionFigures | undefined, rest: readonly RegionFigures[]): string | null {
  if (!region || region.requests < MIN_REQUESTS) return null;
  const others = rest.filter(({ requests }) => requests >= MIN_REQUESTS);
  const requests = others.reduce((sum, each) => sum + each.requests, 0);
  const mean = (figure: (each: RegionFigures) => number) =>
    requests === 0 ? 0 : others.reduce((sum, each) => sum + figure(each) * each.requests, 0) / requests;
  const usualErrors = mean(({ errorRate }) => errorRate ?? 0);
  const errors = region.errorRate ?? 0;
  if (errors > usualErrors + MAX_MORE_ERRORS)
    return `${percent(errors)} of its requests fail, of the others' ${percent(usualErrors)}`;
  const usualMs = mean(({ p95Ms }) => p95Ms ?? 0);
  const bound = Math.max(MIN_SLOW_MS, usualMs * MAX_TIMES_SLOWER);
  if (others.length > 0 && region.p95Ms !== null && region.p95Ms > bound)
    return `its p95 is ${Math.round(region.p95Ms)} ms, the others' ${Math.round(usualMs)} ms`;
  return null;
}

const percent = (part: number): string => `${(part * 100).toFixed(1)} %`;
