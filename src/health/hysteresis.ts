import { hashText } from "../base/hash.ts";
import type { BackendId } from "../table/backend.ts";
import { locationHints, type Vantage } from "../table/region.ts";
import type { Load, Vote } from "../table/verdict.ts";
import { type Damping, fall, reuseAt, settle, undamped } from "./damping.ts";

/** The usual checks of a backend are this far apart. */
export const CHECK_INTERVAL_MS = 10_000;
/** The checks that confirm a first failure are this far apart. */
export const CONFIRM_INTERVAL_MS = 1000;
/** Three failed checks in a row: the guide's trigger of a failover. */
export const FAILURES_TO_FALL = 3;
const SUCCESSES_TO_RISE = 2;
/** After a pause of the monitor this long, what it held is no evidence: the backend is judged like a new one. */
export const STALE_AFTER_MS = 60_000;
/** The first checks of backends that appear together are spread over this time. */
const FIRST_CHECK_SPREAD_MS = 1000;
const MAX_DETAIL_LENGTH = 300;
/** A vantage that has told nothing of a backend for two checks does not vote on it: it may be cut off. */
export const VOTE_LIFETIME_MS = 2 * CHECK_INTERVAL_MS;

type Outcome =
  /** `latencyMs` is the round trip of the check. */
  { readonly kind: "success"; readonly latencyMs: number; readonly load: Load | null } | { readonly kind: "failure" };

/** What one check of a backend found. */
export interface Observation {
  readonly outcome: Outcome;
  /** In words: `200`, `connection failed`, `timed out after 2000 ms`. */
  readonly detail: string;
}

/** `unknown` lasts from a backend's first sight to its first decision; it is never reported. */
export type Status = "unknown" | Vote["status"];

/** What one vantage holds of one backend. Times are Unix milliseconds. */
export interface BackendHealth {
  readonly vantage: Vantage;
  /** What is reported: hysteresis, then damping. */
  readonly status: Status;
  readonly since: number;
  /** When it rose from a fall, from which it starts slowly; a backend that is new to its monitor has not fallen. */
  readonly recoveredAt: number | null;
  /** What hysteresis alone holds. */
  readonly answering: Status;
  /** The latest checks with one outcome, without interruption. */
  readonly run: { readonly outcome: Outcome["kind"]; readonly length: number };
  readonly damping: Damping;
  readonly checkedAt: number;
  readonly nextCheckAt: number;
  /** The usual checks are due at times that equal this modulo the interval, so that backends are checked in turn. */
  readonly phaseMs: number;
  readonly latencyMs: number | null;
  readonly load: Load | null;
  readonly detail: string;
}

type Reason =
  | { readonly kind: "confirming"; readonly outcome: Outcome["kind"]; readonly length: number; readonly needed: number }
  | { readonly kind: "changed"; readonly from: Status; readonly to: Status }
  /** It answers again, and is held down because it fell too often. */
  | { readonly kind: "suppressed"; readonly reuseAt: number };

export interface Step {
  readonly state: BackendHealth;
  readonly reasons: readonly Reason[];
}

/**
 * A backend as a vantage first sees it: to be checked within a second. The vantages take turns, a second apart, so that
 * somebody looks at each backend every second.
 */
export function appear(vantage: Vantage, backend: BackendId, now: number): BackendHealth {
  const turn = hashText(backend) + locationHints.indexOf(vantage);
  return {
    vantage,
    status: "unknown",
    since: now,
    recoveredAt: null,
    answering: "unknown",
    run: { outcome: "success", length: 0 },
    damping: undamped,
    checkedAt: 0,
    nextCheckAt: now + (hashText(`${vantage}/${backend}`) % FIRST_CHECK_SPREAD_MS),
    // Whole seconds, so that backends share alarms: each costs a request and a row.
    phaseMs: (turn % (CHECK_INTERVAL_MS / 1000)) * 1000,
    latencyMs: null,
    load: null,
    detail: "not checked yet",
  };
}

/** Takes one check's outcome. `now` is when the check ended. */
export function step(state: BackendHealth, { outcome, detail }: Observation, now: number): Step {
  const stale = now - state.checkedAt > STALE_AFTER_MS;
  const before = stale ? "unknown" : state.answering;
  const length = outcome.kind === state.run.outcome && !stale ? state.run.length + 1 : 1;
  const run = { outcome: outcome.kind, length };
  const answering = decide(before, run);
  const fell = before === "up" && answering === "down";
  const damping = settle(fell ? fall(state.damping, now) : state.damping, now);
  // What was reported before a pause stands until there is a new decision.
  const decided = answering === "unknown" ? state.status : answering;
  const status = decided === "up" && damping.suppressed ? "down" : decided;
  const reasons = explain({ ...state, run, answering, damping, status }, state.status);
  return {
    reasons,
    state: {
      ...state,
      status,
      since: status === state.status ? state.since : now,
      recoveredAt: status === "down" ? null : state.status === "down" ? now : state.recoveredAt,
      answering,
      run,
      damping,
      checkedAt: now,
      nextCheckAt: confirming(answering, run) ? now + CONFIRM_INTERVAL_MS : nextUsualCheck(state.phaseMs, now),
      latencyMs: outcome.kind === "success" ? outcome.latencyMs : state.latencyMs,
      // A load of before the failure says nothing about now.
      load: outcome.kind === "success" ? outcome.load : null,
      detail: [detail, ...reasons.map((reason) => inWords(reason, now))].join("; ").slice(0, MAX_DETAIL_LENGTH),
    },
  };
}

/**
 * Brings the next check of a suspected backend forward, to at most one a second. A backend that is down is left
 * alone: nobody sends it traffic, and early checks would shorten its proof of recovery.
 */
export function hasten(state: BackendHealth, now: number): BackendHealth {
  if (state.answering === "down") return state;
  const soonest = Math.max(now, state.checkedAt + CONFIRM_INTERVAL_MS);
  return soonest < state.nextCheckAt ? { ...state, nextCheckAt: soonest } : state;
}

/** What is reported to the table; `null` while nothing is decided, and once what was found is too old to count. */
export function voteOf(state: BackendHealth, now: number): Vote | null {
  if (state.status === "unknown" || now - state.checkedAt >= VOTE_LIFETIME_MS) return null;
  const { status, since, recoveredAt, checkedAt, latencyMs, load, vantage, detail } = state;
  const confirming = status === "up" && isConfirming(state);
  return { status, since, recoveredAt, checkedAt, latencyMs, load, vantage, detail, confirming };
}

/** Whether the next check is one that confirms a failure, and so should not wait behind usual ones. */
export function isConfirming(state: BackendHealth): boolean {
  return confirming(state.answering, state.run);
}

/**
 * A first success decides at once: a new backend that answers has nothing against it. A first failure does not,
 * for the confirmations take two seconds, and a monitor that starts with a bad moment must not take the world
 * down.
 */
function decide(answering: Status, run: BackendHealth["run"]): Status {
  if (run.outcome === "failure") return run.length >= FAILURES_TO_FALL ? "down" : answering;
  return answering === "unknown" || run.length >= SUCCESSES_TO_RISE ? "up" : answering;
}

/**
 * Only failures are confirmed fast. A late fall fails requests, whereas a late rise only leaves the load where it
 * is already carried; two successes a whole interval apart tell a backend that recovered from one that crashes
 * seconds after each start.
 */
function confirming(answering: Status, run: BackendHealth["run"]): boolean {
  return run.outcome === "failure" && answering !== "down";
}

/** The first turn of this phase that is not right after the check that just ended. */
function nextUsualCheck(phaseMs: number, now: number): number {
  const earliest = now + CONFIRM_INTERVAL_MS;
  const past = (earliest + CHECK_INTERVAL_MS - phaseMs) % CHECK_INTERVAL_MS;
  return past === 0 ? earliest : earliest + CHECK_INTERVAL_MS - past;
}

function explain(state: BackendHealth, before: Status): Reason[] {
  const { status, answering, run, damping } = state;
  const reasons: Reason[] = [];
  if (status !== before) reasons.push({ kind: "changed", from: before, to: status });
  if (confirming(answering, run)) reasons.push({ kind: "confirming", ...run, needed: FAILURES_TO_FALL });
  if (answering === "down" && run.outcome === "success") {
    reasons.push({ kind: "confirming", ...run, needed: SUCCESSES_TO_RISE });
  }
  if (answering === "up" && damping.suppressed) reasons.push({ kind: "suppressed", reuseAt: reuseAt(damping) });
  return reasons;
}

function inWords(reason: Reason, now: number): string {
  switch (reason.kind) {
    case "confirming":
      return `${reason.outcome} ${reason.length} of ${reason.needed}`;
    case "changed":
      return reason.from === "unknown" ? `first verdict: ${reason.to}` : `was ${reason.from}`;
    case "suppressed":
      return `held down for flapping, ${Math.ceil((reason.reuseAt - now) / 1000)} s more at least`;
  }
}
