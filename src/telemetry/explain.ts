import { neighbourhoodOf } from "../base/ip.ts";
import { nowhere } from "../geo/place.ts";
import type { Facts } from "../request/facts.ts";
import { admit, type NoService, type NotPermitted } from "../routing/admit.ts";
import { type Decision, decide, type HeaderKey, planFor, type RouteRequest, trackOf } from "../routing/decide.ts";
import { stickinessOf } from "../routing/pick.ts";
import type { Plan } from "../routing/plan.ts";
import type { LocalHealth, View } from "../routing/view.ts";
import type { Blocked } from "../shield/screen.ts";
import type { ServiceEntry, Snapshot } from "../table/snapshot.ts";
import { candidatesOf } from "./candidates.ts";
import type { Course, DecisionTaken, Explanation } from "./explanation.ts";

/** A request and the way it took, as far as it came. */
export interface Passage {
  readonly requestId: string | null;
  /** `null` where the request could not be understood. */
  readonly facts: Facts | null;
  /** `null` where there was no table. */
  readonly snapshot: Snapshot | null;
  readonly stale: boolean;
  /** Who was ejected when it was decided. */
  readonly local: LocalHealth;
  /** `null` where it was not admitted. */
  readonly request: RouteRequest | null;
  readonly verdict: Verdict;
  /** Of the decision, Unix milliseconds. */
  readonly at: number;
  readonly draw: number;
}

/** What was decided; `null` where the request ended before. */
export type Verdict = Decision | Blocked | NoService | NotPermitted | null;

/** A request that is only asked about. */
export interface Inquiry {
  readonly facts: Facts;
  readonly bound: string | null;
  readonly headerKey: HeaderKey | null;
  /** Of the decision, Unix milliseconds. */
  readonly now: number;
  /** When the plan was made that it rests on; not after `now`. */
  readonly plannedAt: number;
  readonly draw: number;
}

/** Decides as the edge does, by the same code, and says why. */
export function explain(view: View, inquiry: Inquiry): Explanation {
  const { facts, bound, headerKey, now, plannedAt, draw } = inquiry;
  const passage = { requestId: null, facts, snapshot: view.snapshot, stale: false, local: view.local, at: now, draw };
  const admitted = admit(view.snapshot, facts, now);
  if (admitted.kind !== "admitted") return describe({ ...passage, request: null, verdict: admitted }, null);
  const { service, permitted } = admitted;
  const key = headerKey === null ? {} : { headerKey };
  const request: RouteRequest = { facts: admitted.facts, service, permitted, bound, ...key };
  // The view keeps the plan, so that the decision finds the one that was in force.
  planFor(view, request, trackOf(request), plannedAt);
  return describe({ ...passage, request, verdict: decide(view, request, now, draw) }, null);
}

/** Says of a passage why it went as it did. Nothing is decided anew: the plan's numbers are the reasons. */
export function describe(passage: Passage, course: Course | null): Explanation {
  const { requestId, facts, snapshot, stale, local, request, verdict, at, draw } = passage;
  const plan = verdict?.kind === "chosen" ? verdict.plan : null;
  const place = facts?.place ?? nowhere;
  const service = serviceOf(passage);
  const permitted = request?.permitted.tiers ?? [];
  return {
    requestId,
    at,
    epoch: snapshot?.epoch ?? null,
    stale,
    request: {
      method: facts?.method ?? "",
      host: facts?.hostname ?? "",
      path: facts?.path.slice(0, MAX_PATH) ?? "",
      client: facts ? neighbourhoodOf(facts.client) : "",
      place: { ...place },
    },
    screening: screeningOf(verdict),
    service: service && termsOf(service),
    jurisdiction: request?.permitted.jurisdiction ?? (verdict?.kind === "refused" ? verdict.jurisdiction : null),
    permitted: permitted.map(({ ids }) => [...ids]),
    plan: plan && planOf(plan),
    candidates:
      snapshot === null
        ? []
        : candidatesOf({
            ...{ snapshot, local, place, service, permitted, plan, now: at },
            isBlocked: verdict?.kind === "blocked",
          }),
    draw,
    bound: request?.bound ?? null,
    decision: decisionOf(verdict),
    course,
  };
}

/** Characters of a path that are shown. */
export const MAX_PATH = 1024;

function screeningOf(verdict: Verdict): Explanation["screening"] {
  if (verdict === null) return { kind: "not-reached" };
  if (verdict.kind !== "blocked") return { kind: "passed" };
  return { kind: "blocked", cidr: verdict.cidr, expiresAt: verdict.expiresAt, reason: null };
}

/** The service of the request, also of one that its residency refused. */
function serviceOf({ request, verdict }: Passage): ServiceEntry | null {
  if (request) return request.service;
  return verdict?.kind === "refused" ? verdict.service : null;
}

function termsOf(entry: ServiceEntry): NonNullable<Explanation["service"]> {
  const stickiness = stickinessOf({ service: entry });
  const by = stickiness.kind === "header" ? `header ${stickiness.name}` : stickiness.kind;
  return { id: entry.id, policy: entry.policy.kind, residency: entry.service.residency, stickiness: by };
}

function planOf({ avenue, trust, tiers }: Plan): NonNullable<Explanation["plan"]> {
  return { ...avenue, trust, tiers: tiers.map(({ priority, load, panic }) => ({ priority, load, panic })) };
}

function decisionOf(verdict: Verdict): DecisionTaken {
  switch (verdict?.kind) {
    case undefined:
      return { kind: "not-reached" };
    case "chosen": {
      const { backend, reason, basis } = verdict;
      return { kind: "chosen", region: backend.region.id, backend: backend.id, reason, basis };
    }
    case "none-healthy":
      return { kind: "none-healthy", closed: verdict.closed };
    case "refused":
      return { kind: "refused", reason: verdict.reason, detail: verdict.detail };
    case "blocked":
      return { kind: "blocked", cidr: verdict.cidr };
    case "no-service":
      return { kind: "no-service" };
  }
}
