import { sha256Hex } from "../../src/adapters/web-crypto/digest.ts";
import type { ClaimedWrite, ClaimTimes, KeyedWrite, KnownKey } from "../../src/base/keyed-write.ts";
import { err, ok, type Result } from "../../src/base/result.ts";
import { reach } from "./reach.ts";
import type { Refusal } from "./refusal.ts";
import type { Answer, Call, Route } from "./route.ts";

/** Remembers the answers to writes, as `src/adapters/d1/answers.ts` does. */
export interface AnswerStore {
  claim(write: KeyedWrite, times: ClaimTimes): Promise<KnownKey | null>;
  keep(write: ClaimedWrite, answer: string): Promise<void>;
  release(write: ClaimedWrite): Promise<void>;
}

/** As long as any client goes on trying; Stripe keeps keys as long. */
const KEPT_MS = 24 * 3_600_000;
/** Hardly any write takes as long: whoever had the key died over it, or has lost it. */
const LAPSE_MS = 60_000;
/** A row of D1 holds 2 MB. */
const MAX_ANSWER_CHARS = 900_000;
const MAX_KEY_CHARS = 255;

/** The key of a write, from `Idempotency-Key`: printable ASCII, quoted as the draft has it or not. `null` is none. */
export function parseIdempotencyKey(header: string | null): Result<string | null, undefined> {
  if (header === null) return ok(null);
  const key = /^"(.*)"$/.exec(header.trim())?.[1] ?? header.trim();
  return key.length <= MAX_KEY_CHARS && /^[\x21-\x7e]+$/.test(key) ? ok(key) : err(undefined);
}

/**
 * Carries a write out once, however often it comes under its key (IETF draft "The Idempotency-Key HTTP Header Field"):
 * a repetition gets the first answer, refusals included, and another write under the same key is refused. Only where
 * part of the system could not be reached is the key free again.
 */
export async function once(
  call: Call,
  key: string,
  fingerprint: string,
  handle: Route["handle"],
): Promise<Result<Answer, Refusal>> {
  const { answers, now } = call.deps;
  const at = now();
  const write = { principal: call.principal.id, key, fingerprint, claimedAt: at };
  const times = { now: at, lapsedBefore: at - LAPSE_MS, forgottenBefore: at - KEPT_MS };
  const known = await reach(call, "record of answers", () => answers.claim(write, times));
  if (!known.ok) return known;
  if (known.value !== null) return replay(known.value, fingerprint);
  let answer: Result<Answer, Refusal>;
  try {
    answer = await handle(call);
  } catch (cause) {
    await reach(call, "record of answers", () => answers.release(write));
    throw cause;
  }
  // A write that may have been carried out stays claimed if its answer cannot be kept; it lapses by itself.
  if (!answer.ok && answer.error.kind === "unavailable")
    await reach(call, "record of answers", () => answers.release(write));
  else await reach(call, "record of answers", () => answers.keep(write, toText(answer)));
  return answer;
}

/** The fingerprint of a write: SHA-256, as hexadecimal digits, of all that decides what it does. */
export const fingerprintOf = (parts: readonly unknown[]): Promise<string> => sha256Hex(JSON.stringify(parts));

function replay({ fingerprint, answer }: KnownKey, wanted: string): Result<Answer, Refusal> {
  if (fingerprint !== wanted) return err({ kind: "key-reused" });
  return answer === null ? err({ kind: "key-in-use" }) : fromText(answer);
}

const notKept: Result<Answer, Refusal> = err({ kind: "answer-not-kept" });

/** Without the changes: a repetition makes none. */
function toText(answer: Result<Answer, Refusal>): string {
  if (answer.ok && answer.value.isSecret) return JSON.stringify(notKept);
  const text = JSON.stringify(answer.ok ? ok({ ...answer.value, changes: [] }) : answer);
  return text.length <= MAX_ANSWER_CHARS ? text : JSON.stringify(notKept);
}

/** Written by `toText`, by this version or one before it, whose answers have kept their shapes. */
const fromText = (text: string) => JSON.parse(text) as Result<Answer, Refusal>;
