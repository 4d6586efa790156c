import type { Attack, LoudClient } from "./attack.ts";
import { clients } from "./clients.ts";
import type { VirtualClock } from "./clock.ts";
import type { Visit } from "./crowd.ts";
import type { Dice } from "./dice.ts";
import type { Isolate } from "./edge-adapter.ts";

export interface AttackersOptions {
  readonly attack: Attack;
  readonly clock: VirtualClock;
  readonly dice: Dice;
  readonly colos: readonly string[];
  /** Whoever serves in a colo at the time; of several isolates, one by chance. */
  readonly isolateIn: (colo: string) => Isolate;
  readonly send: (visit: Visit) => Promise<void>;
  readonly tell: (words: string) => void;
}

/** Carries out an attack from its start to its end. */
export class Attackers {
  readonly #options: AttackersOptions;

  constructor(options: AttackersOptions) {
    this.#options = options;
  }

  begin(): void {
    const { attack, clock, tell } = this.#options;
    clock.after(attack.startsAtMs, () => {
      tell(`attack on ${attack.service}: ${attack.words}`);
      const until = clock.now + attack.lastsMs;
      for (const attacker of attack.attackers) this.#sendUntil(until, attacker, attack.forges);
      for (const partner of attack.partners) this.#sendUntil(until, partner, false);
      clock.at(until, () => tell(`no more: attack on ${attack.service}`));
    });
  }

  #sendUntil(until: number, loud: LoudClient, forges: boolean): void {
    const { attack, clock, colos, dice, isolateIn, send } = this.#options;
    clock.after(dice.pauseMs(1000 / loud.perSecond), () => {
      if (clock.now >= until) return;
      const headers = forges ? { "X-Forwarded-For": dice.pick(this.#borrowed) } : undefined;
      const shape = { method: "GET", ...(headers && { headers }) };
      const colo = colos[Math.floor(loud.way * colos.length)] as string;
      void send({ colo, isolate: isolateIn(colo), client: loud.client, service: attack.service, shape });
      this.#sendUntil(until, loud, forges);
    });
  }

  /** Addresses that a forger would like to be taken for. */
  get #borrowed(): readonly string[] {
    return [...clients, ...this.#options.attack.partners.map(({ client }) => client)].map(({ address }) => address);
  }
}
