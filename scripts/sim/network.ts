import type { Random } from "../../src/base/random.ts";
import { seedRegions, seedRoundTripsMs } from "../../src/seed/regions.ts";
import type { Actor } from "./actor.ts";
import type { VirtualClock } from "./clock.ts";

/** Where a message goes: the actor's name and site, which a restart does not change. */
export type Address = Pick<Actor, "name" | "site">;

/** How bad the network is at the moment, everywhere. Parts are 0 to 1. */
export interface Weather {
  readonly lostPart: number;
  readonly duplicatedPart: number;
  /** A message is held up by up to as much, so that messages overtake each other. */
  readonly holdUpMs: number;
}

export const FAIR: Weather = { lostPart: 0, duplicatedPart: 0, holdUpMs: 0 };

/** One question to somebody. It ends when its answer has come, or the news that none will. */
export interface Exchange {
  readonly from: Actor;
  readonly to: Address;
  /** Virtual Unix milliseconds. */
  readonly startedAt: number;
}

/** Who is told of each exchange. */
export interface Listener {
  began(exchange: Exchange): void;
  ended(exchange: Exchange, answered: boolean): void;
}

/** Who asks over a lost connection is told so within this time. */
const MAX_LOSS_NOTICE_MS = 4000;
const JITTER_PART = 0.1;
/** Between two machines of one region. */
const LOCAL_MS = 1;

const SITES = Object.keys(seedRegions);

/** Carries questions and answers between actors, late, twice or not at all, by the seed. */
export class Network {
  weather: Weather = FAIR;
  /** Names of actors that nothing reaches and that reach nothing; and pairs `from to` that do not reach each other. */
  readonly cuts = new Set<string>();
  /** By who asks: the status that something on the way answers with in place of every node. */
  readonly lies = new Map<string, number>();
  /** By site: the factor by which everything from and to it takes longer. */
  readonly drift = new Map<string, number>();
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #listener: Listener;

  constructor(clock: VirtualClock, random: Random, listener: Listener) {
    this.#clock = clock;
    this.#random = random;
    this.#listener = listener;
  }

  /**
   * Asks: `deliver` runs at the other end when the question arrives there, and its answer comes back. Rejects when
   * either way was lost. What a dead actor asks is never answered.
   */
  ask<T>(from: Actor, to: Address, deliver: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    if (!from.alive) return promise;
    const exchange = { from, to, startedAt: this.#clock.now };
    this.#listener.began(exchange);
    let over = false;
    const end = (answered: boolean, settle: () => void) => {
      if (over || !from.alive) return;
      over = true;
      this.#listener.ended(exchange, answered);
      settle();
    };
    const lose = () =>
      this.#clock.after(this.#random.unit() * MAX_LOSS_NOTICE_MS, () =>
        end(false, () => reject(new Error("Network connection lost."))),
      );
    const arrive = () => {
      const back = (answered: boolean, settle: () => void) => {
        if (this.#isLost(from, to)) lose();
        else this.#clock.after(this.#delayMs(to, from), () => end(answered, settle));
      };
      deliver().then(
        (value) => back(true, () => resolve(value)),
        (error: unknown) => back(false, () => reject(error)),
      );
    };
    if (this.#isLost(from, to)) lose();
    else {
      this.#clock.after(this.#delayMs(from, to), arrive);
      if (this.#random.unit() < this.weather.duplicatedPart) this.#clock.after(this.#delayMs(from, to), arrive);
    }
    return promise;
  }

  #isLost(from: Address, to: Address): boolean {
    const cut = [from.name, to.name, `${from.name} ${to.name}`, `${to.name} ${from.name}`];
    return cut.some((each) => this.cuts.has(each)) || this.#random.unit() < this.weather.lostPart;
  }

  #delayMs(from: Address, to: Address): number {
    const column = SITES.indexOf(to.site);
    const roundTripMs = from.site === to.site ? LOCAL_MS : (seedRoundTripsMs[from.site]?.[column] ?? LOCAL_MS);
    const drift = (this.drift.get(from.site) ?? 1) * (this.drift.get(to.site) ?? 1);
    const heldUpMs = this.#random.unit() * this.weather.holdUpMs;
    return (roundTripMs / 2) * drift * (1 + JITTER_PART * this.#random.unit()) + heldUpMs;
  }
}
