import type { Trigger, TriggerProgress } from "../../src/failover/trigger.ts";
import type { CountBatch } from "../../src/health/count-batch.ts";
import type { RegionReason } from "../../src/health/region-reason.ts";
import type { RegionState } from "../../src/health/region-state.ts";
import type { Load } from "../../src/table/verdict.ts";

export interface RegionStatus {
  readonly region: string;
  readonly state: RegionState;
  /** Unix milliseconds. */
  readonly since: number;
  readonly reasons: readonly RegionReason[];
  /** Those that are probed and have a verdict. */
  readonly backends: { readonly up: number; readonly total: number };
  /** Mean of the backends that are up and tell it. */
  readonly load: Load | null;
  /** As the edges saw it in the last 20 s. */
  readonly requests: number;
  /** 0 to 1; `null` without requests. */
  readonly errorRate: number | null;
  readonly p95Ms: number | null;
  /** The trigger that holds now. */
  readonly trigger: Trigger | null;
  readonly progress: readonly TriggerProgress[];
}

/** Watches the regions of the table as a whole: what checks, nodes and edges say of them. Its name is `global`. */
export interface RegionWatchApi {
  /** Takes what the edges of a colo have counted. When it returns, that is stored; a batch that comes again is not counted. */
  telemetry(colo: string, batch: CountBatch): Promise<void>;
  /** Of all regions of the table, as they are now. */
  status(): Promise<readonly RegionStatus[]>;
  /** Starts the loop if it does not run. Idempotent. */
  ensureRunning(): Promise<void>;
}
