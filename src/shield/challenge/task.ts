import type { Mitigation } from "../../table/mitigation-settings.ts";

/** What a client is asked to do. */
export type Task =
  /** To find a solution whose SHA-256 begins with so many zero bits. */
  | { readonly kind: "proof-of-work"; readonly bits: number }
  /** To meet a widget of Cloudflare's. */
  | { readonly kind: "turnstile"; readonly siteKey: string };

/** What the service asks for; where Turnstile cannot be verified, the puzzle. */
export function taskOf({ challenge }: Mitigation, canVerifyTurnstile: boolean): Task {
  if (challenge.kind === "proof-of-work") return { kind: "proof-of-work", bits: challenge.bits };
  return canVerifyTurnstile
    ? { kind: "turnstile", siteKey: challenge.siteKey }
    : { kind: "proof-of-work", bits: FALLBACK_BITS };
}

/** As the schema of the settings has them where nothing is said. */
const FALLBACK_BITS = 16;

const READING_SECONDS = 90;
/** What a slow phone needs for one try, with something over. */
const SECONDS_PER_TRY = 30e-6;
/** Cloudflare's own tokens hold as long. */
const TURNSTILE_SECONDS = 300;

/**
 * For how long a task may be handed in. The number of tries is geometric with a mean of 2^bits; one in 3,000 needs
 * eight times as many, for which this is enough at a quarter of a million tries a second.
 */
export function lifetimeSeconds(task: Task): number {
  return task.kind === "turnstile" ? TURNSTILE_SECONDS : READING_SECONDS + Math.ceil(2 ** task.bits * SECONDS_PER_TRY);
}
