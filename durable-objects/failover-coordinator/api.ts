import type { Evidence } from "../../src/failover/incident.ts";
import type { Trigger } from "../../src/failover/trigger.ts";

export interface FailoverRequest {
  readonly region: string;
  readonly trigger: Trigger;
  readonly evidence: Evidence;
}

export type FailoverReply =
  | { readonly kind: "started"; readonly id: string }
  | { readonly kind: "under-way"; readonly id: string }
  | { readonly kind: "refused"; readonly detail: string };

/** Decides on failovers, one a region at a time. */
export interface FailoverCoordinatorApi {
  /** Asks for the failover of a region. Asked again while one is under way, it says so. */
  request(request: FailoverRequest): Promise<FailoverReply>;
}
