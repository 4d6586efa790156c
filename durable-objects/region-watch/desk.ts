import { closeIncident, type Evidence, noteAction, openIncident } from "../../src/failover/incident.ts";
import type { Trigger } from "../../src/failover/trigger.ts";
import { inWords } from "../../src/health/region-reason.ts";
import type { RegionTransition } from "../../src/health/region-state.ts";
import type { Env } from "../../workers/env.ts";
import type { FailoverCoordinatorApi } from "../failover-coordinator/api.ts";
import { failoverCoordinator } from "../stubs.ts";
import { withTimeout } from "../with-timeout.ts";
import type { Incidents } from "./incidents.ts";

/** A failover that was asked for is asked for again, while the region goes on failing, so often. */
const REQUEST_EVERY_MS = 10_000;
const REQUEST_TIMEOUT_MS = 2000;

/** Writes incidents down from the failure of a region until it is active again, and asks for failovers. */
export class Desk {
  readonly #incidents: Incidents;
  readonly #env: Env;
  readonly #requestedAt = new Map<string, number>();

  constructor(incidents: Incidents, env: Env) {
    this.#incidents = incidents;
    this.#env = env;
  }

  /** Follows a region through its changes of state. To be called within a transaction. */
  follow(region: string, transitions: readonly RegionTransition[], trigger: Trigger | null, evidence: Evidence): void {
    for (const { at, to, reasons } of transitions) {
      const open = this.#incidents.open.get(region);
      const why = reasons.map(inWords).join("; ");
      const what = why === "" ? `the region is ${to}` : `the region is ${to}: ${why}`;
      if (open) this.#incidents.save(isOver(to) ? closeIncident(open, what, at) : noteAction(open, what, at));
      else if (to === "failed" && trigger) {
        this.#incidents.save(noteAction(openIncident(region, trigger, evidence, at), what, at));
        this.#requestedAt.delete(region);
      }
    }
  }

  /** Regions that are gone have no incidents any more. */
  closeOthers(regions: ReadonlySet<string>, now: number): void {
    for (const [region, incident] of this.#incidents.open)
      if (!regions.has(region)) this.#incidents.save(closeIncident(incident, "the region has been removed", now));
  }

  /** Never throws. */
  async request(region: string, trigger: Trigger, now: number): Promise<void> {
    if (Math.abs(now - (this.#requestedAt.get(region) ?? Number.NEGATIVE_INFINITY)) < REQUEST_EVERY_MS) return;
    this.#requestedAt.set(region, now);
    let what: string;
    try {
      const asked = failoverCoordinator(this.#env).request({ region, trigger });
      what = inShort(await withTimeout(asked, REQUEST_TIMEOUT_MS));
    } catch (error) {
      console.error(`region watch: the failover of ${region} could not be asked for`, error);
      what = "failover asked for in vain: the coordinator cannot be reached";
    }
    this.note(region, what, Date.now());
  }

  /** What is done of an incident that is open, or why nothing is. */
  note(region: string, what: string, now: number): void {
    const open = this.#incidents.open.get(region);
    if (open) this.#incidents.save(noteAction(open, what, now));
  }
}

/** People who take a region out have seen to it. */
const isOver = (state: RegionTransition["to"]): boolean =>
  state === "active" || state === "maintenance" || state === "draining";

function inShort(reply: Awaited<ReturnType<FailoverCoordinatorApi["request"]>>): string {
  if (reply.ok) return `failover ${reply.value.id} was started`;
  switch (reply.error.kind) {
    case "in-progress":
      return `failover ${reply.error.id} has the region`;
    case "capped":
      return `failover refused: ${reply.error.count} regions are failed over, and ${reply.error.most} may be without a person`;
    case "unknown-region":
      return "failover refused: the coordinator does not know the region";
  }
}
