import { z } from "zod";
import { BUCKET_BYTES, type Rate, TokenBuckets } from "../../../src/base/token-buckets.ts";
import { holderOf, tokenClaim } from "../../../src/shield/challenge/holder.ts";
import { hasLeadingZeros, proofText, SOLUTION } from "../../../src/shield/challenge/proof.ts";
import { clearedUntil, decodeToken, MAX_TOKEN_LENGTH, type Token } from "../../../src/shield/challenge/token.ts";
import { UsedNonces } from "../../../src/shield/challenge/used-nonces.ts";
import type { Screened } from "../../../src/shield/screen.ts";
import { readAtMost } from "../../read-at-most.ts";
import { within } from "../../within.ts";
import { SIGNATURE, type Signer } from "../signer.ts";
import type { ChallengesDeps } from "./challenges.ts";
import type { Clearances } from "./clearances.ts";
import { verifyTurnstile } from "./turnstile.ts";

/** What became of a solution that was handed in. */
export type Redeemed = Cleared | { readonly kind: "challenge-failed"; readonly reason: Flaw };

export interface Cleared {
  readonly kind: "cleared";
  /** As `Set-Cookie` has it. */
  readonly cookie: string;
}

export type Flaw =
  | "not-posted"
  | "too-many"
  | "too-large"
  | "malformed"
  /** Tampered with, or written for another host, network or user agent; the one cannot be told from the other. */
  | "not-yours"
  | "expired"
  | "not-solved"
  | "used"
  | "not-verifiable";

/** An answer of Turnstile has at most 2,048 characters. */
export const MAX_SUBMISSION_BYTES = 4096;
const MAX_SOLUTION_LENGTH = 2048;
const READ_TIMEOUT_MS = 5000;

/** Of one client: many may share an address, and who floods gets no more signatures checked than this. */
const RATE: Rate = { burst: 100, perSecond: 10 };
const MAX_CLIENTS = 10_000;

/** Strict, so that there is no field that could say where to go next: the page loads itself again. */
const submissionSchema = z.strictObject({
  token: z.string().max(MAX_TOKEN_LENGTH + 44),
  solution: z.string().min(1).max(MAX_SOLUTION_LENGTH),
});

const SIGNED = new RegExp(`^(.+)\\.(${SIGNATURE})$`);

/** Turns solutions into clearances. */
export class Redemption {
  readonly #deps: ChallengesDeps;
  readonly #signer: Signer;
  readonly #clearances: Clearances;
  readonly #used = new UsedNonces();
  readonly #buckets = new TokenBuckets(RATE, MAX_CLIENTS);

  constructor(deps: ChallengesDeps, signer: Signer, clearances: Clearances) {
    this.#deps = deps;
    this.#signer = signer;
    this.#clearances = clearances;
  }

  /** What it remembers of clients and tokens needs at the very most. */
  get maxBytes(): number {
    return this.#used.maxBytes + MAX_CLIENTS * BUCKET_BYTES;
  }

  async redeem(facts: Screened, incoming: Request, now: number): Promise<Redeemed> {
    if (facts.method !== "POST") return failed("not-posted");
    if (!this.#buckets.take(facts.clientKey, now).allowed) return failed("too-many");
    const body = await readBody(incoming);
    if (typeof body === "string") return failed(body);
    const submission = parse(facts, body);
    if (submission === null) return failed("malformed");
    const { token, text, signature, solution } = submission;
    if (token.expiresAt * 1000 <= now) return failed("expired");
    const holder = holderOf(facts);
    if (!(await this.#signer.verify(tokenClaim(text, facts.host, holder), signature))) return failed("not-yours");
    const flaw = await this.#check(token, signature, solution, facts);
    if (flaw !== null) return failed(flaw);
    if (!this.#used.use(token.nonce)) return failed("used");
    const isSecure = facts.scheme === "https";
    const cookie = await this.#clearances.write(token.service, clearedUntil(token), holder, isSecure);
    return { kind: "cleared", cookie };
  }

  async #check({ task }: Token, signature: string, solution: string, { client }: Screened): Promise<Flaw | null> {
    if (task.kind === "proof-of-work") {
      if (!SOLUTION.test(solution)) return "malformed";
      const text = new TextEncoder().encode(proofText(signature, solution));
      const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
      return hasLeadingZeros(hash, task.bits) ? null : "not-solved";
    }
    const { turnstileSecret, fetch } = this.#deps;
    // The secret is gone since the page was made.
    if (turnstileSecret === null) return "expired";
    switch (await verifyTurnstile(fetch, turnstileSecret, { solution, address: client.text })) {
      case "met":
        return null;
      case "not-met":
        return "not-solved";
      case "unreachable":
        return "not-verifiable";
    }
  }
}

const failed = (reason: Flaw): Redeemed => ({ kind: "challenge-failed", reason });

async function readBody(incoming: Request): Promise<Uint8Array | Flaw> {
  const reading = readAtMost(incoming.body, MAX_SUBMISSION_BYTES).then(
    (bytes): Uint8Array | Flaw => bytes ?? "too-large",
    (): Flaw => "malformed",
  );
  return within(reading, READ_TIMEOUT_MS, "malformed");
}

function parse({ fields }: Screened, body: Uint8Array) {
  // A page of another site cannot send this type without being asked first.
  if (!fields["content-type"]?.startsWith("application/json")) return null;
  const submission = submissionSchema.safeParse(jsonOf(body));
  if (!submission.success) return null;
  const [, text = "", signature = ""] = SIGNED.exec(submission.data.token) ?? [];
  const token = decodeToken(text);
  return token === null ? null : { token, text, signature, solution: submission.data.solution };
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch {
    return undefined;
  }
}
