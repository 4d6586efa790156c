import type { Random } from "../../../src/base/random.ts";
import { holderOf, tokenClaim } from "../../../src/shield/challenge/holder.ts";
import { isNavigation } from "../../../src/shield/challenge/navigation.ts";
import { lifetimeSeconds, taskOf } from "../../../src/shield/challenge/task.ts";
import { encodeToken } from "../../../src/shield/challenge/token.ts";
import type { Stance } from "../../../src/shield/defence/stance.ts";
import type { Screened } from "../../../src/shield/screen.ts";
import { isVerifiedBot } from "../../../src/shield/verified-bot.ts";
import type { Limited } from "../limits.ts";
import type { Arrival } from "../shield.ts";
import { Signer } from "../signer.ts";
import { Clearances } from "./clearances.ts";
import { challengePage, pagePolicy } from "./page.ts";
import { type Redeemed, Redemption } from "./redemption.ts";

/** The client must show first that it is worth being served. */
export interface Challenged {
  readonly kind: "challenged";
  /** What asks for it: the level of the service, a signature, or a policy. */
  readonly by: Stance | Limited;
  /** For who can look at it; `null` for programs, which are told to come again. */
  readonly page: Page | null;
}

export interface Page {
  readonly html: string;
  /** Its Content-Security-Policy. */
  readonly policy: string;
}

export interface ChallengesDeps {
  /** Keys are derived from it. */
  readonly challengeSecret: string;
  /** `null`: services that ask for Turnstile get the puzzle. */
  readonly turnstileSecret: string | null;
  readonly fetch: typeof fetch;
  readonly random: Random;
}

/**
 * Asks clients to solve a task, once in a while, and knows who has. Nothing is remembered of a challenge but that it was
 * met: its token says all of it, signed, and so does the cookie that clears the client. What costs anything is done
 * only where a challenge is due.
 */
export class Challenges {
  readonly #deps: ChallengesDeps;
  readonly #signer: Signer;
  readonly #clearances: Clearances;
  readonly #redemption: Redemption;

  constructor(deps: ChallengesDeps) {
    this.#deps = deps;
    this.#signer = new Signer(deps.challengeSecret, "novacron challenge");
    this.#clearances = new Clearances(this.#signer);
    this.#redemption = new Redemption(deps, this.#signer, this.#clearances);
  }

  /** What is remembered needs at the very most. */
  get maxBytes(): number {
    return this.#redemption.maxBytes;
  }

  /** What a request that is worth a challenge gets; `null` where its client has met one. */
  async answer(arrival: Arrival, by: Challenged["by"]): Promise<Challenged | null> {
    if (await this.isCleared(arrival)) return null;
    return { kind: "challenged", by, page: isNavigation(arrival.facts) ? await this.#page(arrival) : null };
  }

  /** Whether the client has met a challenge of the service, and not too long ago. A verified bot, which cannot, counts as one. */
  async isCleared({ snapshot, facts, service, now }: Arrival): Promise<boolean> {
    return isVerifiedBot(snapshot, facts.client, now) || this.#clearances.holds(facts, service.id, now);
  }

  /** Takes what a page hands in. */
  redeem(facts: Screened, incoming: Request, now: number): Promise<Redeemed> {
    return this.#redemption.redeem(facts, incoming, now);
  }

  async #page({ service, facts, now }: Arrival): Promise<Page> {
    const { mitigation } = service.service;
    const task = taskOf(mitigation, this.#deps.turnstileSecret !== null);
    const body = encodeToken({
      service: service.id,
      task,
      expiresAt: Math.floor(now / 1000) + lifetimeSeconds(task),
      clearanceSeconds: mitigation.clearanceSeconds,
      nonce: this.#deps.random.hex(4),
    });
    const token = `${body}.${await this.#signer.sign(tokenClaim(body, facts.host, holderOf(facts)))}`;
    const html = challengePage({ host: facts.hostname, task, token, requestId: facts.requestId });
    return { html, policy: await pagePolicy(task) };
  }
}
