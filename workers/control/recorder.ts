import { sha256Hex } from "../../src/adapters/web-crypto/digest.ts";
import { auditChanges } from "../../src/audit/changes.ts";
import type { AuditOutcome, AuditPrincipal, AuditRecord } from "../../src/audit/entry.ts";
import { redactText } from "../../src/audit/redact.ts";
import { err, ok, type Result } from "../../src/base/result.ts";
import type { ControlDeps } from "./deps.ts";
import { type Refusal, statusOf } from "./refusal.ts";
import { type Answer, API_ROOT, type Begin, isWrite, type Route } from "./route.ts";
import { StrangerCount } from "./stranger-count.ts";

/** Longer paths are cut: no id is as long. */
const MAX_PATH_CHARS = 500;
/** Attempts of who was not let in are counted over spans of this length. */
const SPAN_MS = 1000;

/** What is known of an attempt before anything comes of it. */
export interface Attempt {
  /** Whose credential came with it; `null` when nobody's did. */
  readonly principal: AuditPrincipal | null;
  /** Whether it was let in as that principal's. */
  readonly isKnown: boolean;
  readonly address: string;
  readonly method: string;
  /** As it was asked for, without the query, which is not recorded. */
  readonly path: string;
  readonly requestId: string;
}

/**
 * Writes attempts down in the audit log: writes before and after, recorded reads before they are answered, and whatever
 * is refused for want of authority. Other reads, and plans, are not recorded.
 */
export class Recorder {
  readonly #deps: Pick<ControlDeps, "audit" | "later" | "log">;
  readonly #strangers = new StrangerCount();

  constructor(deps: Pick<ControlDeps, "audit" | "later" | "log">) {
    this.#deps = deps;
  }

  /** Carries an attempt out, and records what came of it. */
  async witness(
    attempt: Attempt,
    route: Route,
    carryOut: (begin: Begin) => Promise<Result<Answer, Refusal>>,
  ): Promise<Result<Answer, Refusal>> {
    let known = attempt;
    let hasBegun = false;
    const begin: Begin = async (by) => {
      if (by === undefined && !isChange(route)) return ok(null);
      known = { ...attempt, principal: by ?? attempt.principal };
      hasBegun = await this.#append([toRecord(known, route, { outcome: "begun", status: null, reason: null })]);
      return hasBegun ? ok(null) : unrecorded;
    };
    let answer: Result<Answer, Refusal>;
    try {
      answer = await carryOut(begin);
    } catch (cause) {
      const unexpected: Refusal = { kind: "unexpected" };
      if (hasBegun) await this.#append([toRecord(known, route, resultOf(err(unexpected)))]);
      throw cause;
    }
    if (!hasBegun && !isWorthRecording(answer, route)) return answer;
    if (!answer.ok && !hasBegun && !attempt.isKnown) {
      await this.noteStranger(attempt, route, answer.error);
      return answer;
    }
    const changes = answer.ok ? await auditChanges(answer.value.changes ?? [], sha256Hex) : {};
    const isRecorded = await this.#append([{ ...toRecord(known, route, resultOf(answer)), ...changes }]);
    // What a write has done stays done, and its beginning is recorded; what a read would show is not shown.
    return isRecorded || hasBegun || !answer.ok ? answer : unrecorded;
  }

  /** Records an attempt of who was not let in, or counts it where they come in floods. */
  async noteStranger(attempt: Attempt, route: Route | null, refusal: Refusal): Promise<void> {
    if (refusal.kind === "unavailable") return;
    if (this.#strangers.isIdle) this.#deps.later(SPAN_MS, () => this.#noteCounted());
    const record = toRecord(attempt, route, resultOf(err(refusal)));
    if (this.#strangers.take(record)) await this.#append([record]);
  }

  async #noteCounted(): Promise<void> {
    const counted = this.#strangers.drain();
    if (counted.length > 0) await this.#append(counted);
  }

  /** Whether the records are on disk. */
  async #append(records: readonly AuditRecord[]): Promise<boolean> {
    try {
      await this.#deps.audit.append(records);
      return true;
    } catch (cause) {
      const requestId = records[0]?.requestId ?? "";
      this.#deps.log({ level: "error", message: "the audit log cannot be reached", requestId, cause });
      return false;
    }
  }
}

const unrecorded: Result<never, Refusal> = err({ kind: "unavailable", what: "the audit log cannot be reached" });

/** Whether an operation changes something in the name of who asks. Those for anyone say themselves when they do. */
const isChange = (route: Route): boolean =>
  isWrite(route) || (route.permission === "oneself" && route.method !== "GET");

/** Refusals for want of authority, whatever was asked for. */
const DENIALS: ReadonlySet<Refusal["kind"]> = new Set([
  "unauthenticated",
  "forged",
  "address-not-allowed",
  "sign-in-refused",
  "forbidden",
  "out-of-scope",
  "exceeds-grants",
  "step-up",
  "person-needed",
]);

/**
 * Of what has not begun: a write that has not is refused, or repeats what was carried out before. Where part of the
 * system could not be reached, nothing was attempted.
 */
function isWorthRecording(answer: Result<Answer, Refusal>, route: Route): boolean {
  if (!answer.ok && answer.error.kind === "unavailable") return false;
  return isChange(route) || route.isRecorded === true || (!answer.ok && DENIALS.has(answer.error.kind));
}

function toRecord(attempt: Attempt, route: Route | null, result: AuditRecord["result"]): AuditRecord {
  const { principal, address, method, requestId } = attempt;
  // Somebody may have put a token where its id belongs.
  const path = redactText(attempt.path).slice(0, MAX_PATH_CHARS);
  return {
    principal,
    address,
    action: { permission: route?.permission ?? null, method, path: route?.path ?? path },
    target: path.startsWith(`${API_ROOT}/`) ? path.slice(API_ROOT.length + 1) : path,
    changes: [],
    rest: null,
    requestId,
    result,
    attempts: 1,
  };
}

function resultOf(answer: Result<Answer, Refusal>): AuditRecord["result"] {
  if (answer.ok) return { outcome: "done", status: answer.value.status, reason: null };
  const { kind } = answer.error;
  const outcome: AuditOutcome = kind === "unavailable" || kind === "unexpected" ? "failed" : "refused";
  return { outcome, status: statusOf(answer.error), reason: kind };
}
