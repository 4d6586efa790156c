import type { RoutingTableApi } from "../../durable-objects/routing-table/api.ts";
import type { VirtualClock } from "../../scripts/sim/clock.ts";
import type { Scenario } from "../../scripts/sim/scenario.ts";
import { simulate } from "../../scripts/sim/simulate.ts";
import type { Violation } from "../../scripts/sim/watch.ts";
import type { World } from "../../scripts/sim/world.ts";
import type { FailoverRecord } from "../../src/failover/record.ts";
import { inWords, type RegionReason } from "../../src/health/region-reason.ts";
import type { Failover } from "../../src/table/failover.ts";
import type { Verdict } from "../../src/table/verdict.ts";

/** By then every vantage has voted on every backend. */
const CALM_SECONDS = 60;
const LOOK_EVERY_MS = 20;
/** While votes come in, they are told of when they rest. */
const VOTES_REST_MS = 5000;

/** Nothing happens by chance that the story does not say; regions come back after 30 s, in steps of 10 s. */
const scenario: Partial<Scenario> = {
  regions: ["us-east-1", "us-west-2", "ca-central-1", "eu-west-1", "eu-central-1"],
  nodesPerRegion: 1,
  isolates: [{ colo: "IAD", site: "us-east-1" }],
  tableSite: "us-west-2",
  objectSite: "us-west-2",
  requestEveryMs: 500,
  changeEveryMs: Number.POSITIVE_INFINITY,
  faults: [],
  maxSkewMs: 0,
  crashPart: 0,
  failback: { holdDownSeconds: 30, stepSeconds: 10 },
};

/** What happens, by the second at which it does. */
export interface Turn {
  readonly second: number;
  readonly words: string;
  readonly act: (world: World) => void;
}

export interface Tale {
  readonly violation: Violation | null;
  readonly text: string;
}

/** Lets a story happen in the simulator, from the votes of the vantages to the last step back, and writes it down. */
export async function tell(turns: readonly Turn[], seconds: number): Promise<Tale> {
  let teller: Teller | null = null;
  const { violation, answers } = await simulate({
    seed: 1,
    durationMs: (CALM_SECONDS + seconds) * 1000,
    scenario,
    direct: (world, clock, happens) => {
      teller = new Teller(world, clock);
      teller.begin(turns, happens);
    },
  });
  const statuses = [...answers].sort(([a], [b]) => a - b).map(([status, count]) => `${count} times ${status}`);
  const lines = await (teller as Teller | null)?.lines();
  return { violation, text: `${[...(lines ?? []), `answers: ${statuses.join(", ")}`].join("\n")}\n` };
}

/** Writes down what can be seen of a world. */
class Teller {
  readonly #world: World;
  readonly #clock: VirtualClock;
  readonly #begunAt: number;
  readonly #lines: { readonly at: number; readonly words: string }[] = [];
  readonly #statuses = new Map<string, Verdict["status"]>();
  readonly #votes = new Map<string, { readonly words: string; readonly since: number; readonly told: string | null }>();
  readonly #entries = new Map<string, string>();

  constructor(world: World, clock: VirtualClock) {
    this.#world = world;
    this.#clock = clock;
    this.#begunAt = clock.now + CALM_SECONDS * 1000;
  }

  begin(turns: readonly Turn[], happens: (words: string) => void): void {
    for (const { second, words, act } of turns)
      this.#clock.at(this.#begunAt + second * 1000, () => {
        this.#tell(this.#clock.now, `* ${words}`);
        happens(words);
        act(this.#world);
      });
    this.#look();
  }

  async lines(): Promise<readonly string[]> {
    for (const [i, record] of (await this.#world.failovers()).toReversed().entries()) this.#tellRecord(record, i + 1);
    this.#tellRegions();
    return this.#lines
      .filter(({ at }) => at >= this.#begunAt)
      .sort((a, b) => a.at - b.at)
      .map(({ at, words }) => `${((at - this.#begunAt) / 1000).toFixed(1).padStart(6)} s  ${words}`);
  }

  #look(): void {
    this.#clock.after(LOOK_EVERY_MS, async () => {
      this.#look();
      const table = this.#world.host.peek("ROUTING_TABLE/global") as RoutingTableApi | null;
      if (table === null) return;
      const { health, failovers } = await table.read();
      for (const [backend, verdict] of health) this.#tellVerdict(backend, verdict);
      for (const region of new Set([...this.#entries.keys(), ...failovers.keys()])) {
        const words = entryWords(failovers.get(region));
        if (this.#entries.get(region) !== words) this.#tell(this.#clock.now, `  table: ${region} ${words}`);
        this.#entries.set(region, words);
      }
    });
  }

  #tellVerdict(backend: string, { status, since, votes: { up, down, confidence }, detail }: Verdict): void {
    const { now } = this.#clock;
    const words = `${up} up, ${down} down, ${confidence} confidence`;
    if (this.#statuses.get(backend) !== status)
      this.#tell(since, `verdict: ${backend} is ${status} (${words}; ${detail})`);
    this.#statuses.set(backend, status);
    const before = this.#votes.get(backend);
    if (before?.words !== words) this.#votes.set(backend, { words, since: now, told: before?.told ?? null });
    else if (before.told !== words && now - before.since >= VOTES_REST_MS) {
      this.#tell(now, `votes on ${backend}: ${words}`);
      this.#votes.set(backend, { ...before, told: words });
    }
  }

  #tellRecord(
    { from, trigger, requestedAt, plan, stages, events, failure, endedAt, status }: FailoverRecord,
    number: number,
  ) {
    const who = `failover ${number} of ${from}`;
    this.#tell(requestedAt, `${who}: asked for by ${trigger.kind}: ${trigger.detail}`);
    for (const { stage, startedAt, endedAt: doneAt, outcome, detail } of stages) {
      const tookMs = doneAt === null ? "" : ` in ${doneAt - startedAt} ms`;
      this.#tell(doneAt ?? startedAt, `${who}: ${stage} ${outcome}${tookMs}: ${detail}`);
      const moves = plan?.targets.map(({ region, share }) => `${Math.round(share * 100)} % to ${region}`).join(", ");
      if (stage === "select" && moves) this.#tell(doneAt ?? startedAt, `  plan: ${moves}`);
    }
    for (const { at, detail } of events) this.#tell(at, `${who}: ${detail}`);
    if (failure !== null) this.#tell(endedAt ?? requestedAt, `${who}: ${status}: ${failure}`);
  }

  #tellRegions(): void {
    const { database } = this.#world;
    for (const row of database.look("SELECT * FROM region_transition ORDER BY at, seq")) {
      const why = (JSON.parse(String(row.reasons)) as RegionReason[]).map(inWords).join("; ");
      this.#tell(Number(row.at), `region: ${row.region} ${row.from_state} -> ${row.to_state}${why && `: ${why}`}`);
    }
    for (const { region, opened_at, closed_at } of database.look("SELECT * FROM incident ORDER BY id")) {
      this.#tell(Number(opened_at), `incident of ${region} opened`);
      if (closed_at !== null) this.#tell(Number(closed_at), `incident of ${region} closed`);
    }
  }

  #tell(at: number, words: string): void {
    this.#lines.push({ at, words });
  }
}

function entryWords(failover: Failover | undefined): string {
  if (!failover) return "as the policy says";
  const { phase, percent, targets } = failover;
  return `${phase}, keeps ${percent} %, the rest to ${targets.map(({ region }) => region).join(", ")}`;
}
