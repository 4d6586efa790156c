import { allot, perClearedClient, perClientByHand } from "../../src/shield/defence/allotment.ts";
import { type Stance, stanceAgainst } from "../../src/shield/defence/stance.ts";
import { isVerifiedBot } from "../../src/shield/verified-bot.ts";
import type { Background } from "../background.ts";
import type { Challenged, Challenges } from "./challenge/challenges.ts";
import { IsolateBuckets } from "./isolate-buckets.ts";
import type { Arrival } from "./shield.ts";
import type { Leases, Spent } from "./spend.ts";

/** An attack is kept out, or by hand everybody. */
export interface Mitigated {
  readonly kind: "mitigated";
  readonly service: string;
  /** Its record; `null` where a person has closed the service. */
  readonly attack: string | null;
}

/** More than is let through of requests like those of an attack, or by hand of each client's. */
export interface Throttled {
  readonly kind: "throttled";
  readonly service: string;
  readonly attack: string | null;
  readonly retryAfterMs: number;
}

type Turned = Mitigated | Throttled | Challenged;

/**
 * What requests meet at a service under attack. Who is on the allowlist passes at every level, and who has met a
 * challenge at all but `block`, with a share of its own. So does a verified bot, which cannot meet one, and it at `block`
 * too where no person has set that: what attackers look like may be what it looks like.
 */
export class Defences {
  readonly #challenges: Challenges;
  readonly #leases: Leases;
  /** Of clients, by hand or cleared: as many as there are, which no shared bucket is for. */
  readonly #ofClients = new IsolateBuckets();

  constructor(challenges: Challenges, leases: Leases) {
    this.#challenges = challenges;
    this.#leases = leases;
  }

  /** What they need at the very most, without that of challenges and leases. */
  get maxBytes(): number {
    return this.#ofClients.maxBytes;
  }

  /** `null` lets it pass. For a service that nothing is done about, this is two looks. */
  guard(arrival: Arrival, background: Background): Turned | null | Promise<Turned | null> {
    const { snapshot, service, facts, now } = arrival;
    if (service.defence === null && service.service.mitigation.mode === "auto") return null;
    const stance = stanceAgainst(snapshot, service, facts, now);
    if (stance === null) return null;
    switch (stance.level) {
      case "limit":
        return this.#limit(arrival, stance, background);
      case "challenge":
        return this.#challenges
          .answer(arrival, stance)
          .then((challenged) => challenged ?? this.#share(arrival, stance));
      case "block":
        // Only a person shuts a verified bot out.
        return stance.kind === "signature" && isVerifiedBot(snapshot, facts.client, now)
          ? this.#share(arrival, stance)
          : { kind: "mitigated", service: service.id, attack: attackOf(stance) };
    }
  }

  #limit(arrival: Arrival, stance: Stance, background: Background): Throttled | null | Promise<Throttled | null> {
    const { service, facts, now } = arrival;
    const spending =
      stance.kind === "by-hand"
        ? this.#ofClients.spend(allot(`${service.id}/${facts.clientKey}`, perClientByHand(service.limits)), now)
        : this.#leases.spend(allotmentOf(service.id, stance), 1, now, background);
    return spending instanceof Promise
      ? spending.then((spent) => this.#unlessCleared(arrival, stance, spent))
      : this.#unlessCleared(arrival, stance, spending);
  }

  /** Whether a client is cleared is asked only when there is nothing left, as it costs a signature. */
  #unlessCleared(arrival: Arrival, stance: Stance, spent: Spent): null | Promise<Throttled | null> {
    if (spent.kind === "passed") return null;
    const throttled = throttledBy(arrival, stance, spent);
    return this.#challenges.isCleared(arrival).then((cleared) => (cleared ? this.#share(arrival, stance) : throttled));
  }

  /** A clearance is cheap for who attacks with many of them: it is worth so much of each client's, at this isolate. */
  #share(arrival: Arrival, stance: Stance): Throttled | null {
    const { service, facts, now } = arrival;
    const share = allot(`cleared/${service.id}/${facts.clientKey}`, perClearedClient(service.limits));
    const spent = this.#ofClients.spend(share, now);
    return spent.kind === "passed" ? null : throttledBy(arrival, stance, spent);
  }
}

const throttledBy = (
  { service }: Arrival,
  stance: Stance,
  { retryAfterMs }: Extract<Spent, { kind: "short" }>,
): Throttled => ({ kind: "throttled", service: service.id, attack: attackOf(stance), retryAfterMs });

export const attackOf = (stance: Stance): string | null => (stance.kind === "by-hand" ? null : stance.attack);

function allotmentOf(service: string, { attack, signature }: Extract<Stance, { kind: "signature" }>) {
  return allot(`attack/${service}/${attack}/${signature.index}`, signature.signature.perSecond);
}
