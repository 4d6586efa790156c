import type { PairStatistics } from "../../src/latency-matrix/statistics.ts";
import type { RegionId, Vantage } from "../../src/table/region.ts";

/** What a vantage's checks say of its paths to regions. */
export type VantageRow = readonly (readonly [region: RegionId, statistics: PairStatistics])[];

/** What is kept of an ordered pair of regions, or of a vantage and a region. */
export interface PairReading {
  readonly source: string;
  readonly target: string;
  readonly statistics: PairStatistics;
}

/** Which pairs to measure now; `null` is every region. */
export interface MeasureRequest {
  readonly source: string | null;
  readonly target: string | null;
  /** Requests for each pair, 1 to `MAX_PROBE_COUNT`. */
  readonly count: number;
}

/** What a measurement has found of one pair. `error` says why there are no statistics, or why requests were lost. */
export interface PairOutcome {
  readonly source: string;
  readonly target: string;
  /** Of the requests of this measurement alone; `null` when the source did not measure. */
  readonly statistics: PairStatistics | null;
  readonly error: string | null;
}

export type Measurement =
  | { readonly kind: "measured"; readonly outcomes: readonly PairOutcome[] }
  /** This deployment has no `NODE_TOKEN`. */
  | { readonly kind: "no-token" }
  /** Another measurement is in progress. */
  | { readonly kind: "busy" }
  | { readonly kind: "no-backend"; readonly region: string };

/**
 * Has the nodes measure the paths between the regions, each once a minute, and keeps what they find. Nothing of it goes
 * into the table: routing does not follow it.
 */
export interface LatencyProberApi {
  /** Starts the loop if it does not run. Idempotent; called whenever the backends of the table change. */
  ensureRunning(): Promise<void>;
  /** What is kept of the paths from these regions and vantages, to one region or to all. Pairs that were never measured are missing. */
  read(sources: readonly string[], target: string | null): Promise<readonly PairReading[]>;
  /** Takes what a health monitor's checks say of its paths, in place of what it told before. */
  tell(vantage: Vantage, row: VantageRow): Promise<void>;
  /** Measures now, for at most 9 s. Pairs of a region with itself are passed over. */
  measure(request: MeasureRequest): Promise<Measurement>;
}
