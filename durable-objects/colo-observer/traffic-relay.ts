import { Random } from "../../src/base/random.ts";
import { TrafficTally } from "../../src/shield/traffic/tally.ts";
import { regionsOf, servedBy, type TrafficSecond } from "../../src/shield/traffic/traffic-second.ts";
import type { Env } from "../../workers/env.ts";
import { anomalyDetector } from "../stubs.ts";
import { withTimeout } from "../with-timeout.ts";

/** What isolates tell within this time of one another goes on together. They tell up to 300 ms after each second. */
const MERGE_MS = 400;
/** A detector that does not answer by then has missed it. */
const DETECTOR_TIMEOUT_MS = 3000;
/** Tellings under way. While detectors are slow, what comes adds up, and the oldest seconds are lost. */
const MAX_UNDER_WAY = 3;
/** Regions whose detectors are told. A colo is near a few. */
const MAX_REGIONS_TOLD = 32;
const GLOBAL = "global";

/** Of each second; clients with fewer requests in it, over the colo, are nobody's concern. */
const limits = { samples: 64, clients: 50, leastRequests: 3 };

/** Adds up what the isolates of a colo were asked, for the detectors of anomalies. Nothing of it is sent twice. */
export class TrafficRelay {
  readonly #env: Env;
  readonly #tally: TrafficTally;
  #isWaiting = false;
  #underWay = 0;

  constructor(env: Env) {
    this.#env = env;
    this.#tally = new TrafficTally(limits, new Random(crypto.getRandomValues(new Uint32Array(3))));
  }

  /** What is to be done in the background, if anything. */
  take(seconds: readonly TrafficSecond[]): Promise<void> | null {
    for (const each of seconds) this.#tally.add(each);
    if (this.#isWaiting || this.#underWay >= MAX_UNDER_WAY || this.#tally.isEmpty) return null;
    this.#isWaiting = true;
    return this.#passOn();
  }

  async #passOn(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, MERGE_MS));
    this.#isWaiting = false;
    const seconds = this.#tally.take();
    const regions = [...regionsOf(seconds)].slice(0, MAX_REGIONS_TOLD);
    this.#underWay += 1;
    try {
      await Promise.all([
        this.#tell(GLOBAL, seconds),
        ...regions.map((region) => this.#tell(region, servedBy(region, seconds))),
      ]);
    } finally {
      this.#underWay -= 1;
    }
  }

  async #tell(scope: string, seconds: readonly TrafficSecond[]): Promise<void> {
    try {
      await withTimeout(anomalyDetector(this.#env, scope).countTraffic(seconds), DETECTOR_TIMEOUT_MS);
    } catch (cause) {
      console.warn(`colo observer: the anomaly detector ${scope} cannot be told`, cause);
    }
  }
}
