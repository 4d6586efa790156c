import type { Random } from "../../base/random.ts";
import type { RegionId } from "../../table/region.ts";
import type { ServiceId } from "../../table/service.ts";
import { HeavyHitters } from "./heavy-hitters.ts";
import { addLimitCounts, type LimitSums, limitCountsOf } from "./limit-totals.ts";
import { resample } from "./resample.ts";
import {
  MAX_SERVICES_A_SECOND,
  type SampledRequest,
  type ServiceSecond,
  type TrafficCell,
  type TrafficSecond,
} from "./traffic-second.ts";

/** Seconds that are open at a time. */
const MAX_OPEN_SECONDS = 16;
/** Cells of one service and second; what is over is counted as of no region. */
const MAX_CELLS = 500;
/** However many services share the samples of a second, each has so many. */
const LEAST_SAMPLES = 4;
/** A tally holds so many times the samples that it gives before it thins them out. */
const SLACK = 2;

export interface TallyLimits {
  /** Samples of a second; services share them. */
  readonly samples: number;
  /** Clients of a service and second that are told, of several times as many that are counted. */
  readonly clients: number;
  /** Clients with fewer requests in the second are not told. */
  readonly leastRequests: number;
}
const CLIENTS_COUNTED = 4;

interface OpenService {
  readonly cells: Map<string, { -readonly [K in keyof TrafficCell]: TrafficCell[K] }>;
  samples: SampledRequest[];
  readonly clients: HeavyHitters<RegionId | null>;
}

interface OpenSecond {
  blocked: number;
  readonly services: Map<ServiceId, OpenService>;
  readonly limits: LimitSums;
}

/** Adds up what several have counted of the same seconds, in bounded memory. */
export class TrafficTally {
  readonly #limits: TallyLimits;
  readonly #random: Random;
  #seconds = new Map<number, OpenSecond>();

  constructor(limits: TallyLimits, random: Random) {
    this.#limits = limits;
    this.#random = random;
  }

  get isEmpty(): boolean {
    return this.#seconds.size === 0;
  }

  /** The first second that is open. */
  get oldest(): number | null {
    return this.#seconds.size === 0 ? null : Math.min(...this.#seconds.keys());
  }

  add({ second, blocked, services, limits = [] }: TrafficSecond): void {
    const open = this.#open(second);
    if (!open) return;
    open.blocked += blocked;
    for (const each of services) this.#addService(open, each);
    addLimitCounts(open.limits, limits);
  }

  /** Those before this second, the oldest first; they are counted no longer. */
  takeBefore(second: number): TrafficSecond[] {
    const due = [...this.#seconds].filter(([each]) => each < second).sort(([a], [b]) => a - b);
    for (const [each] of due) this.#seconds.delete(each);
    return due.map(([each, open]) => this.#close(each, open));
  }

  take(): TrafficSecond[] {
    return this.takeBefore(Number.POSITIVE_INFINITY);
  }

  #open(second: number): OpenSecond | null {
    let open = this.#seconds.get(second);
    if (!open) {
      if (this.#seconds.size >= MAX_OPEN_SECONDS) return null;
      open = { blocked: 0, services: new Map(), limits: new Map() };
      this.#seconds.set(second, open);
    }
    return open;
  }

  #addService({ services }: OpenSecond, { service, cells, samples, clients }: ServiceSecond): void {
    let open = services.get(service);
    if (!open) {
      if (services.size >= MAX_SERVICES_A_SECOND) return;
      open = { cells: new Map(), samples: [], clients: new HeavyHitters(CLIENTS_COUNTED * this.#limits.clients) };
      services.set(service, open);
    }
    for (const cell of cells) addCell(open, cell);
    for (const { client, region, requests } of clients) open.clients.add(client, requests, region);
    open.samples.push(...samples);
    if (open.samples.length > SLACK * this.#limits.samples)
      open.samples = resample(open.samples, this.#limits.samples, this.#random.unit());
  }

  #close(second: number, { blocked, services, limits }: OpenSecond): TrafficSecond {
    const share = Math.max(LEAST_SAMPLES, Math.floor(this.#limits.samples / Math.max(1, services.size)));
    return {
      second,
      blocked,
      limits: limitCountsOf(limits),
      services: [...services].map(([service, { cells, samples, clients }]) => ({
        service,
        cells: [...cells.values()],
        samples: resample(samples, share, this.#random.unit()),
        clients: clients
          .top(this.#limits.clients, this.#limits.leastRequests)
          .map(({ key, tag, count }) => ({ client: key, region: tag, requests: count })),
      })),
    };
  }
}

function addCell({ cells }: OpenService, { region, result, requests }: TrafficCell): void {
  const exact = `${region} ${result}`;
  const isKept = cells.has(exact) || cells.size < MAX_CELLS;
  const key = isKept ? exact : "over";
  const cell = cells.get(key);
  if (cell) cell.requests += requests;
  else cells.set(key, isKept ? { region, result, requests } : { region: null, result: "other", requests });
}
