import { seedRegions } from "../../src/seed/regions.ts";
import { seedTable } from "../../src/seed/seed.ts";
import { type Attack, drawAttack, preparedFor } from "./attack.ts";
import { hostOf, SERVICES } from "./clients.ts";
import type { Dice } from "./dice.ts";
import { ATTACK_FAULTS, FAULTS, type FaultName, VANTAGE_FAULTS } from "./faults.ts";

/** What one seed makes of the world: its size, its traffic, and what may go wrong in it. */
export interface Scenario {
  readonly regions: readonly string[];
  readonly nodesPerRegion: number;
  /** Isolates by colo. */
  readonly isolates: readonly { readonly colo: string; readonly site: string }[];
  readonly tableSite: string;
  /** Of the objects that are neither the table nor a health monitor. */
  readonly objectSite: string;
  /** Between two requests at one isolate, on the average. */
  readonly requestEveryMs: number;
  readonly changeEveryMs: number;
  readonly faultEveryMs: number;
  readonly faults: readonly FaultName[];
  /** When the last fault may begin, from the start of the run. */
  readonly faultsUntilMs: number;
  /** The part of the steps of a workflow after which whoever carries it out dies. */
  readonly crashPart: number;
  /** How every region comes back. */
  readonly failback: { readonly holdDownSeconds: number; readonly stepSeconds: number };
  /** The clock of each actor is ahead or behind by at most as much. */
  readonly maxSkewMs: number;
  readonly attack: Attack | null;
}

const COLOS: Readonly<Record<string, string>> = {
  FRA: "eu-central-1",
  DUB: "eu-west-1",
  IAD: "us-east-1",
  LAX: "us-west-2",
  NRT: "ap-northeast-1",
  GRU: "sa-east-1",
};

/** Each seed has some kinds of faults and not others: together they would hide each other's effects. */
const FAULT_PART = 0.5;

/** One seed in so many has a busy world: in a quiet one the retries that are always allowed are never used up. */
const BUSY_EVERY = 20;
const BUSY_AT = 5;

/** Much traffic at one isolate, while so many nodes die that it has to retry more than its budget allows. */
const busy: Partial<Scenario> = {
  nodesPerRegion: 3,
  requestEveryMs: 20,
  faultEveryMs: 1000,
  faults: ["region-lost"],
};

/** One seed in so many has vantages that are misled. */
const MISLED_EVERY = 5;
const MISLED_AT = 3;

/** One seed in so many is attacked, and its operator is quick. */
const ATTACKED_EVERY = 4;
const ATTACKED_AT = 0;

export function drawScenario(seed: number, dice: Dice): Scenario {
  const quiet = drawQuiet(dice);
  const isMisled = seed % MISLED_EVERY === MISLED_AT;
  const drawn = isMisled ? { ...quiet, faults: [...quiet.faults, ...VANTAGE_FAULTS] } : quiet;
  if (seed % ATTACKED_EVERY === ATTACKED_AT)
    return {
      ...drawn,
      faults: [...drawn.faults, ...ATTACK_FAULTS],
      attack: drawAttack(dice),
      changeEveryMs: dice.between(500, 1500),
    };
  return seed % BUSY_EVERY === BUSY_AT ? { ...drawn, ...busy, isolates: drawn.isolates.slice(0, 1) } : drawn;
}

function drawQuiet(dice: Dice): Scenario {
  const regions = dice.sample(Object.keys(seedRegions), dice.integer(3, 6));
  const colos = dice.sample(Object.keys(COLOS), dice.integer(2, 4));
  return {
    regions,
    nodesPerRegion: dice.integer(1, 3),
    isolates: colos.flatMap((colo) =>
      Array.from({ length: dice.integer(1, 2) }, () => ({ colo, site: COLOS[colo] ?? "us-east-1" })),
    ),
    tableSite: dice.pick(regions),
    objectSite: dice.pick(regions),
    requestEveryMs: dice.between(300, 1200),
    changeEveryMs: dice.between(700, 4000),
    faultEveryMs: dice.between(2000, 8000),
    faults: FAULTS.filter(() => dice.chance(FAULT_PART)),
    maxSkewMs: dice.chance(0.5) ? dice.between(0, 1000) : 0,
    faultsUntilMs: Number.POSITIVE_INFINITY,
    crashPart: 0.1,
    failback: { holdDownSeconds: 5, stepSeconds: 2 },
    attack: null,
  };
}

/** The table that the run begins with: a service under each rule of residency, with short times. */
export function firstTable(
  origins: ReadonlyMap<string, { readonly backend: string; readonly region: string }>,
  { failback, attack }: Pick<Scenario, "failback" | "attack">,
) {
  const backends = [...origins].map(([url, { backend, region }]) => [backend, { region, url }]);
  const seeded = seedTable(Object.fromEntries(backends));
  const terms = { tryTimeoutMs: 1500, totalTimeoutMs: 6000, ejectAfterErrors: 3, ejectionSeconds: 15 };
  const residency = { strict: "required", lenient: "preferred", free: "none" } as const;
  const services = SERVICES.map((id) => [
    id,
    { ...terms, hosts: [hostOf(id)], policy: "latency", residency: residency[id], exposeDecision: true },
  ]);
  const regions = Object.entries(seeded.regions).map(([id, region]) => [id, { ...region, failback }]);
  return {
    ...seeded,
    regions: Object.fromEntries(regions),
    services: Object.fromEntries(services),
    ...(attack && preparedFor(attack)),
  };
}
