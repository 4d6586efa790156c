import { neighbourhoodOf } from "../base/ip.ts";
import { nowhere } from "../geo/place.ts";
import type { Facts } from "../request/facts.ts";
import { type Admitted, admit, type NoService, type NotPermitted } from "../routing/admit.ts";
import { type Decision, decide, type HeaderKey, planFor, type RouteRequest, trackOf } from "../routing/decide.ts";
import { stickinessOf } from "../routing/pick.ts";
import type { Plan } from "../routing/plan.ts";
import type { LocalHealth, View } from "../routing/view.ts";
import type { Blocked, Screened } from "../shield/screen.ts";
import { type ServiceEntry, type Snapshot, serviceFor } from "../table/snapshot.ts";
import { candidatesOf } from "./candidates.ts";
import type { Course, DecisionTaken, Explanation } from "./explanation.ts";
import { tellShield } from "./shield-told.ts";

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
  /** The family of its user agent, where the facts are recorded ones, without header fields. */
  readonly agentFamily?: string | undefined;
}

/**
 * What was decided. Where the request ended before, how far it came: it was screened, or admitted and then held by the
 * shield; `null` where it was not even screened.
 */
export type Verdict = Decision | Blocked | NoService | NotPermitted | Admitted | Screened | null;

/** A request that is only asked about. */
export interface Inquiry {
  readonly facts: Facts;
  readonly bound: string | null;
  readonly headerKey: HeaderKey | null;
  /** Of a recorded request, whose facts have no user agent. */
  readonly agentFamily?: string | undefined;
  /** Of the decision, Unix milliseconds. */
  readonly now: number;
  /** When the plan was made that it rests on; not after `now`. */
  readonly plannedAt: number;
  readonly draw: number;
}

/** Decides as the edge does, by the same code, and says why. */
export function explain(view: View, inquiry: Inquiry): Explanation {
  const { facts, bound, headerKey, agentFamily, now, plannedAt, draw } = inquiry;
  const { snapshot, local } = view;
  const passage = { requestId: null, facts, snapshot, stale: false, local, at: now, draw, agentFamily };
  const admitted = admit(snapshot, facts, now);
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
  const { requestId, facts, snapshot, stale, local, request, verdict, at, draw, agentFamily } = passage;
  const plan = verdict?.kind === "chosen" ? verdict.plan : null;
  const place = facts?.place ?? nowhere;
  const service = serviceOf(passage);
  const admitted = request ?? (verdict?.kind === "admitted" ? verdict : null);
  const permitted = admitted?.permitted.tiers ?? [];
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
    jurisdiction: admitted?.permitted.jurisdiction ?? (verdict?.kind === "refused" ? verdict.jurisdiction : null),
    permitted: permitted.map(({ ids }) => [...ids]),
    plan: plan && planOf(plan),
    candidates:
      snapshot === null
        ? []
        : candidatesOf({
            ...{ snapshot, local, place, service, permitted, plan, now: at },
            isBlocked: verdict?.kind === "blocked",
          }),
    shield: snapshot && facts && admitted && tellShield(snapshot, admitted.service, facts, at, agentFamily),
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

/** The service of the request, also of one that was not routed. */
function serviceOf({ request, verdict, snapshot }: Passage): ServiceEntry | null {
  if (request) return request.service;
  switch (verdict?.kind) {
    case "refused":
    case "admitted":
      return verdict.service;
    case "facts":
      return (snapshot && serviceFor(snapshot, verdict.hostname, verdict.path)) ?? null;
    default:
      return null;
  }
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
    case "facts":
    case "admitted":
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
