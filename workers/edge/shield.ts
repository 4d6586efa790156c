import type { ColoObserverApi } from "../../durable-objects/colo-observer/api.ts";
import { ClientConcurrency } from "../../src/shield/client-concurrency.ts";
import type { Screened } from "../../src/shield/screen.ts";
import { isVerifiedBot } from "../../src/shield/verified-bot.ts";
import type { ServiceEntry, Snapshot } from "../../src/table/snapshot.ts";
import type { Background } from "../background.ts";
import { type BodyTooLarge, saysLength } from "./body-meter.ts";
import { type Challenged, Challenges, type ChallengesDeps } from "./challenge/challenges.ts";
import { Defences, type Mitigated, type Throttled } from "./defences.ts";
import type { LeasedBucketsDeps } from "./leased-buckets.ts";
import { type Limited, Limits } from "./limits.ts";
import { Occupancy } from "./occupancy.ts";
import type { Outcome } from "./outcome.ts";
import type { Passage } from "./passage.ts";
import { TrafficCount } from "./traffic-count.ts";

/** A request of a service that is about to be routed. */
export interface Arrival {
  readonly snapshot: Snapshot;
  readonly service: ServiceEntry;
  readonly facts: Screened;
  /** Unix milliseconds. */
  readonly now: number;
  readonly passage: Passage;
  readonly incoming: Request;
}

/** The client has as many requests in progress here as it may have. */
export interface TooManyWaiting {
  readonly kind: "too-many-waiting";
  readonly most: number;
}

/** Why the shield does not let a request pass. */
export type Held = TooManyWaiting | BodyTooLarge | Mitigated | Throttled | Challenged | Limited;

export interface ShieldDeps extends ChallengesDeps, LeasedBucketsDeps {
  readonly observer: (colo: string) => ColoObserverApi;
  /** Resolves after so many milliseconds. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** What one isolate does against attacks. In the steady state it answers at once, without a promise. */
export class Shield {
  readonly limits: Limits;
  readonly challenges: Challenges;
  readonly #defences: Defences;
  readonly #traffic: TrafficCount;
  /** By service and client. */
  readonly #concurrency = new ClientConcurrency();

  constructor(deps: ShieldDeps) {
    this.limits = new Limits(deps);
    this.challenges = new Challenges(deps);
    this.#defences = new Defences(this.challenges, this.limits);
    this.#traffic = new TrafficCount({ ...deps, takeLimitCounts: () => this.limits.takeCounts() });
  }

  /** What an isolate needs for all of this, in bytes by kind: at the very most, whatever clients send. */
  maxBytes(): Readonly<Record<"limits" | "defences" | "challenges" | "concurrency" | "traffic", number>> {
    return {
      limits: this.limits.memory().maxBytes,
      defences: this.#defences.maxBytes,
      challenges: this.challenges.maxBytes,
      concurrency: this.#concurrency.maxBytes,
      traffic: this.#traffic.maxBytes,
    };
  }

  /** `null` lets it pass. */
  guard(arrival: Arrival, background: Background): Held | null | Promise<Held | null> {
    const held = this.#tooLarge(arrival) ?? this.#queue(arrival);
    if (held !== null) return held;
    const turned = this.#defences.guard(arrival, background);
    if (turned === null) return this.#limit(arrival, background);
    return turned instanceof Promise ? turned.then((late) => late ?? this.#limit(arrival, background)) : turned;
  }

  /** A request has ended, whatever became of it. */
  ended(passage: Passage, outcome: Outcome, status: number, background: Background): void {
    const { place } = passage;
    if (place !== null) {
      passage.place = null;
      this.#concurrency.end(place);
    }
    this.#traffic.count(passage, outcome, status, background);
  }

  #limit(arrival: Arrival, background: Background): Held | null | Promise<Held | null> {
    const limited = this.limits.take(arrival, background);
    if (limited === null) return null;
    return limited instanceof Promise
      ? limited.then((late) => this.#orChallenge(late, arrival))
      : this.#orChallenge(limited, arrival);
  }

  #orChallenge(limited: Limited | null, arrival: Arrival): Held | null | Promise<Held | null> {
    if (limited?.action !== "challenge") return limited;
    // A crawler cannot solve anything, and is told to slow down.
    const isBot = isVerifiedBot(arrival.snapshot, arrival.facts.client, arrival.now);
    return isBot ? limited : this.challenges.answer(arrival, limited);
  }

  #tooLarge({ facts, service }: Arrival): BodyTooLarge | null {
    const length = facts.fields["content-length"];
    const { maxBodyBytes } = service.service;
    return saysLength(length) && Number(length) > maxBodyBytes
      ? { kind: "body-too-large", maxBytes: maxBodyBytes }
      : null;
  }

  /** Counts the request until its response begins or, where it is followed, until all is over. */
  #queue({ snapshot, facts, service, passage, incoming, now }: Arrival): TooManyWaiting | null {
    const client = `${service.id} ${facts.clientKey}`;
    const most = service.service.maxConcurrentPerClient;
    if (this.#concurrency.count(client, now) >= most && !snapshot.allowlist.find(facts.client, now))
      return { kind: "too-many-waiting", most };
    const place = this.#concurrency.begin(client, most, now);
    if (place?.isFollowed) {
      passage.occupancy ??= new Occupancy(incoming.signal);
      passage.occupancy.hold(() => this.#concurrency.end(place));
    } else passage.place = place;
    return null;
  }
}
