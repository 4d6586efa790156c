import type { PopulationRow } from "../simulation/population.ts";
import { type Simulation, simulate } from "../simulation/simulate.ts";
import type { RegionTraffic } from "../simulation/tally.ts";
import type { Failover, FailoverTarget } from "../table/failover.ts";
import { compileSnapshot, type Snapshot } from "../table/snapshot.ts";
import { type PublishedTable, withoutAddresses } from "../table/table.ts";
import type { RegionLoad } from "./plan.ts";

/** The clients of the last hour, or whoever stands for them. */
export interface Clients {
  readonly rows: readonly PopulationRow[];
  /** Of all of them; `null` when only their proportions are known. */
  readonly requestsPerSecond: number | null;
}

/** How long a backend works on a request, milliseconds: typical of an API. */
const SERVICE_MS = 50;

/** What would become of the traffic of a region. Shares are of the whole traffic, 0 to 1. */
export interface Trial {
  /** What is due to the region when it is well. */
  readonly moved: number;
  /** The parts of it that end at each target, with another region by the policy, and nowhere. */
  readonly gained: ReadonlyMap<string, number>;
  readonly elsewhere: number;
  readonly stranded: number;
  readonly addedMs: number | null;
  readonly regions: readonly RegionLoad[];
}

/**
 * Tries out what happens when a region's traffic is moved, on its clients and by the code that routes requests.
 * Connections in use are what the clients' rate comes to, or what the nodes tell when that is more.
 */
export class TrialGround {
  readonly #published: PublishedTable;
  readonly #from: string;
  readonly #clients: Clients;
  readonly #now: number;
  readonly #well: Snapshot;

  constructor(published: PublishedTable, from: string, clients: Clients, now: number) {
    this.#published = asThoughWell(published, from);
    this.#from = from;
    this.#clients = clients;
    this.#now = now;
    this.#well = compileSnapshot(this.#published);
  }

  /** The table in which the region would be well: who is where before anything is moved. */
  get well(): Snapshot {
    return this.#well;
  }

  run(targets: readonly FailoverTarget[]): Trial {
    const tried: Failover = { id: "trial", phase: "failed-over", percent: 0, targets: [...targets], since: this.#now };
    const failovers = new Map([...this.#published.failovers, [this.#from, tried]]);
    const after = compileSnapshot({ ...this.#published, failovers });
    const { requestsPerSecond, rows } = this.#clients;
    return this.#readOff(
      simulate(this.#well, after, rows, { now: this.#now, requestsPerSecond, serviceMs: SERVICE_MS }),
      targets,
    );
  }

  #readOff({ regions, latency, outcome }: Simulation, targets: readonly FailoverTarget[]): Trial {
    const own = regions.find(({ id }) => id === this.#from)?.before ?? null;
    const moved = own?.share ?? 0;
    const inUse = Math.max(own?.concurrent ?? 0, this.#told(this.#from));
    const gains = new Map(
      regions.map(({ id, before, after }) => [id, Math.max(0, (after?.share ?? 0) - (before?.share ?? 0))]),
    );
    const gained = new Map(targets.map(({ region }) => [region, gains.get(region) ?? 0]));
    const stranded = Math.max(0, outcome.before.served - outcome.after.served);
    const atTargets = [...gained.values()].reduce((sum, part) => sum + part, 0);
    return {
      moved,
      gained,
      elsewhere: Math.max(0, moved - atTargets - stranded),
      stranded,
      addedMs: latency.addedWhereMoved?.meanMs ?? null,
      regions: regions.flatMap(({ id, before, after }): RegionLoad[] => {
        if (!before || !after) return [];
        const held = Math.max(before.concurrent ?? 0, this.#told(id));
        const extra = moved > 0 ? ((gains.get(id) ?? 0) / moved) * inUse : 0;
        const isFrom = id === this.#from;
        return [
          {
            region: id,
            // Afterwards nothing of the region that is left counts.
            connections: (isFrom ? before : after).connections,
            before: { share: before.share, use: this.#useOf(before, held) },
            after: { share: after.share, use: isFrom ? 0 : this.#useOf(after, held + extra) },
          },
        ];
      }),
    };
  }

  /** `null` where nothing tells how much is in use. */
  #useOf({ connections }: RegionTraffic, inUse: number): number | null {
    if (connections === 0 || (inUse === 0 && this.#clients.requestsPerSecond === null)) return null;
    return inUse / connections;
  }

  /** Connections in use by the word of the region's nodes. */
  #told(region: string): number {
    return this.#well.backends.reduce(
      (sum, { region: { id }, backend, verdict }) =>
        id === region ? sum + (verdict?.load?.inFlight ?? 0) * backend.connections : sum,
      0,
    );
  }
}

/**
 * The table as it would be with the region up and not failed over, and nobody in slow start, which is over before a
 * failover is. Addresses have no part in it.
 */
function asThoughWell(published: PublishedTable, region: string): PublishedTable {
  const { table } = published;
  const health = [...published.health]
    .filter(([id, { status }]) => status === "up" || table.backends.get(id)?.region !== region)
    .map(([id, verdict]) => [id, { ...verdict, recoveredAt: null }] as const);
  return {
    ...published,
    table: withoutAddresses(table),
    health: new Map(health),
    failovers: new Map([...published.failovers].filter(([id]) => id !== region)),
  };
}
