import type { BackendId } from "../../src/table/backend.ts";

/** Somebody's own observation that a backend fails: an edge's traffic, or one vantage's check. */
export interface Suspicion {
  readonly backend: BackendId;
  readonly detail: string;
}

export interface MonitorStatus {
  readonly vantage: string;
  /** Unix milliseconds of the next check; `null` when the monitor has not been started. */
  readonly nextCheckAt: number | null;
  readonly backends: number;
}

/** Probes every backend of the table from one vantage, driven by its alarm. Its name is the vantage's location hint. */
export interface HealthMonitorApi {
  /** Starts the loop if it does not run. Idempotent; called whenever the table changes. */
  ensureRunning(): Promise<void>;
  /** Brings the check of suspected backends forward to now. Suspicion alone changes no verdict. */
  suspect(suspicions: readonly Suspicion[]): Promise<void>;
  status(): Promise<MonitorStatus>;
}
