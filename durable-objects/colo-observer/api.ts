import type { Sample } from "../../src/routing/latency/learner.ts";
import type { ColoDemand } from "../../src/simulation/population.ts";

/** What an isolate has seen since its last report. */
export interface ColoReport {
  /** At most `MAX_REPORTED`; more are passed over. */
  readonly samples: readonly Sample[];
  /** Ids of regions that are worth a measurement, the most promising first. */
  readonly wanted: readonly string[];
  /** Requests by service and the client's country, each pair once. */
  readonly demand: readonly ColoDemand[];
}

/** A region to measure so many times, a second apart; the first of them opens the connection and does not count. */
export interface ProbeSeries {
  readonly region: string;
  readonly times: number;
}

export const MAX_REPORTED = 500;

/** What the isolates of one colo have learned together. Its name is the colo's code, upper case. */
export interface ColoObserverApi {
  /**
   * Takes a report in, and says what the caller should measure now, so that isolates do not measure the same. What of
   * a report cannot be so is passed over, and so is a whole one that is another colo's.
   */
  observe(colo: string, report: ColoReport): Promise<readonly ProbeSeries[]>;
}
