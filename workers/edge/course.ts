import type { Course } from "../../src/telemetry/explanation.ts";
import type { Occasion } from "../../src/telemetry/trace.ts";
import { attackOf } from "./defences.ts";
import type { FailedTry } from "./forward.ts";
import type { Outcome } from "./outcome.ts";

/** Why a request is traced in any case; `null` when nothing has gone wrong. */
export function occasionOf(outcome: Outcome): Exclude<Occasion, "sampled"> | null {
  switch (outcome.kind) {
    case "cleared":
      return null;
    case "forwarded": {
      const { status, failures, gaveUp } = outcome;
      return status < 500 && failures.length === 0 && gaveUp === null ? null : "failed";
    }
    case "forward-failed":
    case "none-healthy":
    case "no-table":
    case "crashed":
      return "failed";
    case "url-too-long":
    case "bad-client-address":
    case "loop":
    case "bad-url":
    case "blocked":
    case "no-service":
    case "refused":
    case "too-many-waiting":
    case "body-too-large":
    case "mitigated":
    case "throttled":
    case "challenged":
    case "challenge-failed":
    case "limited":
    case "shed":
    case "body-too-slow":
    case "headers-too-large":
      return "refused";
  }
}

/** What became of a request. */
export function courseOf(outcome: Outcome, status: number, totalMs: number): Course {
  const course = { outcome: outcome.kind, status, tries: [], gaveUp: null, hedges: 0, totalMs, backendMs: null };
  switch (outcome.kind) {
    case "forwarded": {
      const { entry, failures, gaveUp, hedges, backendMs } = outcome;
      const error = gaveUp === null ? null : "gateway";
      const last = {
        region: entry.region.id,
        backend: entry.id,
        ms: backendMs,
        error,
        status: outcome.status,
      } as const;
      return { ...course, tries: [...failures.map(tryOf), last], gaveUp, hedges, backendMs };
    }
    case "forward-failed":
      return { ...course, tries: outcome.failures.map(tryOf), gaveUp: outcome.gaveUp, hedges: outcome.hedges };
    case "limited":
      return { ...course, limit: outcome.limit, held: { kind: "limit", limit: outcome.limit } };
    case "mitigated":
    case "throttled":
      return { ...course, held: heldFor(outcome.attack) };
    case "challenged": {
      const { by } = outcome;
      const held = by.kind === "limited" ? ({ kind: "limit", limit: by.limit } as const) : heldFor(attackOf(by));
      return { ...course, held };
    }
    case "too-many-waiting":
      return { ...course, held: { kind: "too-many-waiting", most: outcome.most } };
    case "challenge-failed":
      return { ...course, held: { kind: "challenge-failed", reason: outcome.reason } };
    case "shed":
      return { ...course, shed: { priority: outcome.priority, shortage: outcome.shortage } };
    default:
      return course;
  }
}

/** `null` is a level by hand. */
const heldFor = (attack: string | null): Course["held"] =>
  attack === null ? { kind: "by-hand" } : { kind: "attack", attack };

function tryOf({ entry, error, status, ms }: FailedTry): Course["tries"][number] {
  return { region: entry.region.id, backend: entry.id, ms, error, status };
}
