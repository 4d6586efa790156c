import type { Result } from "../../src/base/result.ts";
import type { FenceRefusal } from "../../src/failover/fence.ts";
import type { FailoverPlan } from "../../src/failover/plan.ts";
import type { FailoverRecord } from "../../src/failover/record.ts";
import type { FailoverWorker } from "../../src/failover/run.ts";
import type { SelectionRefusal } from "../../src/failover/select.ts";
import type { Trigger } from "../../src/failover/trigger.ts";
import type { Check } from "../../src/failover/verify.ts";

/** A region that has failed, by the word of who watches it. */
export interface FailoverRequest {
  readonly region: string;
  readonly trigger: Trigger;
}

/** What a person asks for. */
export interface FailoverWish {
  readonly from: string;
  /** `null` lets the best be chosen. */
  readonly to: string | null;
  readonly reason: string;
  readonly requestedBy: string;
  /** Whether targets may be pushed over their limit, and clients be left with no region. Nothing else is overridden. */
  readonly force: boolean;
}

export type StartRefusal =
  | FenceRefusal
  | SelectionRefusal
  /** Clients would be left with no region that they may be served by. */
  | { readonly kind: "strands"; readonly plan: FailoverPlan };

export type FailbackRefusal =
  | { readonly kind: "unknown-failover" }
  /** It is not failed over, or on its way back already. */
  | { readonly kind: "not-failed-over"; readonly status: FailoverRecord["status"] };

/**
 * What is to be seen of a region that is failed over, or else of those that are failed over to it: the first's id, and
 * the checks of all. `null` where there is no failover.
 */
export interface Verification {
  readonly failover: string | null;
  readonly checks: readonly Check[];
}

/**
 * Fails regions over, one failover a region at a time, and brings their traffic back. Its name is `global`. Its only
 * effect on routing is the failovers of the routing table.
 */
export interface FailoverCoordinatorApi extends FailoverWorker {
  /** For who watches regions. One that is asked again while it is in progress is refused with its id. */
  request(request: FailoverRequest): Promise<Result<FailoverRecord, FenceRefusal>>;
  /** Where the traffic would go now. */
  plan(from: string, to: string | null): Promise<Result<FailoverPlan, SelectionRefusal>>;
  start(wish: FailoverWish): Promise<Result<FailoverRecord, StartRefusal>>;
  /** The newest first. */
  list(limit: number): Promise<readonly FailoverRecord[]>;
  find(id: string): Promise<FailoverRecord | null>;
  /** Lets a region back as soon as it is healthy. Repeated, it changes nothing more. */
  failback(id: string): Promise<Result<FailoverRecord, FailbackRefusal>>;
  /** Whether what the failover of a region says is so, or those to it. */
  verify(region: string): Promise<Verification>;
  /** Starts the loop if there is anything to do. Idempotent. */
  ensureRunning(): Promise<void>;
}
