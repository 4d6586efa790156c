import { Random } from "../../src/base/random.ts";
import type { FailoverRecord } from "../../src/failover/record.ts";
import type { Ban } from "../../src/shield/ban/ban.ts";
import type { AttackRecord } from "../../src/shield/mitigation/attack-record.ts";
import { workAtHand } from "./actor.ts";
import { Attackers } from "./attackers.ts";
import { VirtualClock } from "./clock.ts";
import { Crowd } from "./crowd.ts";
import { Dice } from "./dice.ts";
import { afflict } from "./faults.ts";
import { install } from "./globals.ts";
import { fetchFrom } from "./nodes.ts";
import { Operator } from "./operator.ts";
import { drawScenario, firstTable, type Scenario } from "./scenario.ts";
import { Transcript } from "./transcript.ts";
import { type Violation, Watch } from "./watch.ts";
import { tableOf, World } from "./world.ts";

// A node loads it on demand, which would take real time.
import "../../workers/region-node/fault-schema.ts";

export interface SimulationOptions {
  readonly seed: number;
  readonly durationMs: number;
  /** Parts of the scenario to set in place of what the seed draws. */
  readonly scenario?: Partial<Scenario>;
  /** Gets each line of the transcript as it comes. */
  readonly print?: (line: string) => void;
  /** Called each virtual hour. */
  readonly progress?: (hours: number) => void;
  /** Called when the world stands, before any time has passed: what is to happen in it is set then, and told when it does. */
  readonly direct?: (world: World, clock: VirtualClock, tell: (words: string) => void) => void;
}

export interface SimulationResult {
  readonly violation: Violation | null;
  /** How long the run lasted in virtual time, up to the violation. */
  readonly ranMs: number;
  readonly transcript: Transcript;
  /** Answers to clients by status. */
  readonly answers: ReadonlyMap<number, number>;
  /** Changes of the table that were done. */
  readonly acknowledged: number;
  /** What the shield has recorded, as D1 has it. */
  readonly attacks: readonly AttackRecord[];
  readonly bans: readonly Ban[];
  /** The newest first. */
  readonly failovers: readonly FailoverRecord[];
}

const STARTS_AT = Date.UTC(2030, 0, 1);
const HOUR_MS = 3_600_000;
/** Before anything goes wrong: the first table is there, and each isolate has read it. */
const CALM_MS = 2000;

/** Runs the world for a time, or until something happens in it that must not. The same options give the same run. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const { seed, durationMs } = options;
  const dice = new Dice(new Random([seed, 1]));
  const random = new Random([seed, 2]);
  const clock = new VirtualClock(STARTS_AT, new Random([seed, 3]));
  const scenario = { ...drawScenario(seed, dice), ...options.scenario };
  const transcript = new Transcript(() => clock.now, options.print ?? null);
  const watch = new Watch(() => clock.now);

  let world: World | null = null;
  const fetchByWhoeverWorks: typeof fetch = (input, init) => {
    const actor = workAtHand()?.actor;
    if (!world || !actor) return Promise.reject(new TypeError("nobody is at work"));
    return fetchFrom(world.network, world.byOrigin, actor, String(input), init);
  };
  const uninstall = install({ clock, random, transcript, fetch: fetchByWhoeverWorks });
  try {
    const common = { clock, dice, random, transcript, observe: watch.see.bind(watch) };
    const made = new World({ ...common, scenario });
    world = made;
    const operator = operatorOf(made, scenario, common);
    operator.begin();
    const crowd = new Crowd({ ...common, everyMs: scenario.requestEveryMs });
    for (const [place, { colo }] of scenario.isolates.entries()) crowd.visit(colo, () => made.isolateAt(place));
    const { faults: names, faultEveryMs: everyMs, faultsUntilMs } = scenario;
    const tell = (words: string) => {
      transcript.write("fate", words);
      watch.see({ kind: "fate", words });
    };
    const affliction = { names, everyMs, until: STARTS_AT + faultsUntilMs, tell };
    clock.after(CALM_MS, () => afflict({ ...made.subject, clock }, affliction, dice));
    if (scenario.attack) {
      const isolateIn = (colo: string) => made.isolateAt(dice.pick(placesIn(scenario, colo)));
      const colos = [...new Set(scenario.isolates.map(({ colo }) => colo))];
      const send = crowd.send.bind(crowd);
      new Attackers({ ...common, attack: scenario.attack, colos, isolateIn, send, tell }).begin();
    }
    options.direct?.(made, clock, tell);
    await clock.runUntil(STARTS_AT + durationMs, afterEach(made, clock, watch, options.progress));
    const { answers } = crowd;
    const { acknowledged } = operator;
    const failovers = await made.failovers();
    const attacks = made.recorded<AttackRecord>("attack");
    const bans = made.recorded<Ban>("ban");
    const told = { transcript, answers, acknowledged, failovers, attacks, bans };
    return { violation: watch.violation, ranMs: clock.now - STARTS_AT, ...told };
  } finally {
    uninstall();
  }
}

/** The places of a colo's isolates in the scenario's list. */
const placesIn = ({ isolates }: Scenario, colo: string): readonly number[] =>
  [...isolates.keys()].filter((place) => isolates[place]?.colo === colo);

function operatorOf(
  world: World,
  scenario: Scenario,
  common: Pick<ConstructorParameters<typeof Operator>[0], "clock" | "dice" | "transcript" | "observe">,
): Operator {
  const { attack, regions, changeEveryMs } = scenario;
  const actor = { name: "operator", site: scenario.tableSite, skewMs: 0, alive: true };
  return new Operator({
    ...common,
    actor,
    table: tableOf(world, actor),
    firstTable: firstTable(world.byOrigin, scenario),
    regions,
    backends: world.nodes.map(({ backend }) => backend),
    everyMs: changeEveryMs,
    suspects: attack?.attackers.map(({ client }) => client.address) ?? [],
  });
}

function afterEach(world: World, clock: VirtualClock, watch: Watch, progress: SimulationOptions["progress"]) {
  let hours = 0;
  return async (): Promise<boolean> => {
    await world.rest();
    const passed = Math.floor((clock.now - STARTS_AT) / HOUR_MS);
    if (passed > hours) progress?.(passed);
    hours = passed;
    return watch.violation === null;
  };
}
