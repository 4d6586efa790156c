import type { CountBatch } from "../../src/health/count-batch.ts";
import type { Sample } from "../../src/routing/latency/learner.ts";
import type { TrafficSecond } from "../../src/shield/traffic/traffic-second.ts";
import type { ColoDemand } from "../../src/simulation/population.ts";
import type { Trace } from "../../src/telemetry/trace.ts";

/** What an isolate has seen since its last report. */
export interface ColoReport {
  /** At most `MAX_REPORTED`; more are passed over. */
  readonly samples: readonly Sample[];
  /** Ids of regions that are worth a measurement, the most promising first. */
  readonly wanted: readonly string[];
  /** Ids of the other regions that could be measured. */
  readonly others: readonly string[];
  /** Requests by service and the client's country, each pair once. */
  readonly demand: readonly ColoDemand[];
  /** What the requests to each region came to; `null` when there were none. */
  readonly traffic: CountBatch | null;
}

/** A region to measure so many times, a second apart; the first of them opens the connection and does not count. */
export interface ProbeSeries {
  readonly region: string;
  readonly times: number;
}

export const MAX_REPORTED = 500;

/**
 * `expired`: older than what is kept. `unknown`: never traced, or not yet, or one of those that were left out by a bound
 * in the minute in which it came, or just after.
 */
export type TraceReply =
  | { readonly kind: "found"; readonly trace: Trace }
  | { readonly kind: "expired" }
  | { readonly kind: "unknown"; readonly omitted: number };

export interface TracePage {
  /** The newest first. */
  readonly traces: readonly Trace[];
  /** Requests that were to be traced and were not, by a bound, in the last hour. */
  readonly omitted: number;
}

export interface TracePageOptions {
  readonly limit: number;
  /** A request id: only older ones; `null` for the newest. */
  readonly before: string | null;
}

/** The name of the object for requests that were taken at no known colo. */
export const NO_COLO = "none";

/** What the isolates of one colo have learned together. Its name is the colo's code, upper case. */
export interface ColoObserverApi {
  /**
   * Takes a report in, and says what the caller should measure now, so that isolates do not measure the same. What of
   * a report cannot be so is passed over, and so is a whole one that is another colo's. When it returns, the traffic is
   * stored, and is not counted again if it comes again.
   */
  observe(colo: string, report: ColoReport): Promise<readonly ProbeSeries[]>;

  /** Keeps traces, which are plain values of `Trace`. `omitted` are those that the edge had to leave out. */
  keepTraces(traces: readonly Trace[], omitted: number): Promise<void>;

  /** The trace of a request by its id. Not called `trace`: the runtime keeps that name for an event of its own. */
  findTrace(requestId: string): Promise<TraceReply>;

  /** What an isolate was asked in the last seconds, each told once. What cannot be so is passed over. */
  countTraffic(seconds: readonly TrafficSecond[]): Promise<void>;

  listTraces(options: TracePageOptions): Promise<TracePage>;
}
