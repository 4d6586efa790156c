import { Random } from "../../../../src/base/random.ts";
import type { AttackReport } from "../../../../src/shield/attack.ts";
import { TrafficDetector } from "../../../../src/shield/traffic/traffic-detector.ts";
import type { SampledRequest, ServiceSecond } from "../../../../src/shield/traffic/traffic-second.ts";
import type { Traits } from "../../../../src/shield/traits.ts";
import type { RegionId } from "../../../../src/table/region.ts";
import type { ServiceId } from "../../../../src/table/service.ts";

export const START_S = Date.UTC(2026, 10, 2) / 1000;
export const REGION = "eu-west-1" as RegionId;
export const SERVICE = "api" as ServiceId;

export const traits = (other: Partial<Traits> = {}): Traits => ({
  client: "203.0.113.9",
  country: "DE",
  asn: 3320,
  method: "GET",
  pathClass: "/orders",
  agentFamily: "chrome",
  ...other,
});

/** Requests that are alike in traits, so many a second on average. */
export interface Stream {
  readonly rate: number;
  readonly traits?: Partial<Traits>;
  readonly region?: RegionId | null;
  readonly result?: string;
}

/** One second of streams with the noise of independent arrivals; clients of 5 requests and more are named. */
export function secondOf(streams: readonly Stream[], random: Random, samples = 200): ServiceSecond {
  const counted = streams
    .map((stream) => ({ ...stream, requests: arrivals(stream.rate, random) }))
    .filter(({ requests }) => requests > 0)
    .map(({ region = REGION, result = "2xx", ...rest }) => ({ region, result, ...rest }));
  return {
    service: SERVICE,
    cells: counted.map(({ region, result, requests }) => ({ region, result, requests })),
    samples: sampleOf(counted, random, samples),
    clients: counted.flatMap(({ traits: each, region, requests }) =>
      requests < 5 || each?.client === undefined ? [] : [{ client: each.client, region, requests }],
    ),
  };
}

type Counted = Stream & { readonly region: RegionId | null; readonly result: string; readonly requests: number };

/** Of few requests all, of many some at random. */
function sampleOf(counted: readonly Counted[], random: Random, samples: number): SampledRequest[] {
  const total = counted.reduce((sum, { requests }) => sum + requests, 0);
  if (total <= samples)
    return counted.map(({ traits: each, region, result, requests }) => ({
      traits: traits(each),
      region,
      result,
      weight: requests,
    }));
  const kinds = counted.map(({ traits: each, region, result, requests }) => ({
    requests,
    sampled: { traits: traits(each), region, result, weight: total / samples },
  }));
  const drawn: SampledRequest[] = [];
  for (let i = 0; i < samples; i++) {
    let place = random.unit() * total;
    for (const { requests, sampled } of kinds) {
      place -= requests;
      if (place >= 0) continue;
      drawn.push(sampled);
      break;
    }
  }
  return drawn;
}

/** About Poisson. */
function arrivals(rate: number, random: Random): number {
  if (rate <= 0) return 0;
  const normal = Math.sqrt(-2 * Math.log(1 - random.unit())) * Math.cos(2 * Math.PI * random.unit());
  return Math.max(0, Math.round(rate + Math.sqrt(rate) * normal));
}

/** A detector, fed second by second. */
export class Feed {
  readonly random = new Random([3, 5, 8]);
  readonly detector: TrafficDetector;
  readonly reports: AttackReport[] = [];
  second = START_S;

  readonly #samples: number;

  constructor(leastAgeSeconds = 120, detector: TrafficDetector | null = null, samples = 200) {
    this.#samples = samples;
    this.detector =
      detector ?? new TrafficDetector({ scope: "global", random: this.random, leastAgeSeconds, now: START_S * 1000 });
  }

  /** So many seconds of it. `streams` by seconds since this call. */
  run(seconds: number, streams: (i: number) => readonly Stream[]): AttackReport[] {
    const before = this.reports.length;
    for (let i = 0; i < seconds; i++) {
      const traffic = secondOf(streams(i), this.random, this.#samples);
      this.detector.add([{ second: this.second, blocked: 0, services: traffic.cells.length > 0 ? [traffic] : [] }]);
      this.second += 1;
      this.reports.push(...this.detector.judge((this.second + 2) * 1000).reports);
    }
    return this.reports.slice(before);
  }

  get ids(): Set<string> {
    return new Set(this.reports.map(({ id }) => id));
  }
}
