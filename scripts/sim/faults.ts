import { locationHints } from "../../src/table/region.ts";
import type { VirtualClock } from "./clock.ts";
import type { Dice } from "./dice.ts";
import type { HistoryDatabase } from "./history-database.ts";
import { FAIR, type Network } from "./network.ts";
import type { SimulatedNode } from "./nodes.ts";
import type { ObjectHost } from "./object-host.ts";

/** What faults are done to. */
export interface Subject {
  readonly clock: VirtualClock;
  readonly network: Network;
  readonly host: ObjectHost;
  readonly database: HistoryDatabase;
  readonly nodes: readonly SimulatedNode[];
  readonly isolates: () => readonly string[];
  readonly restartIsolate: (isolate: string) => void;
}

interface Fault {
  /** What is done, in words. */
  readonly words: string;
  /** How long it lasts; then `end`. */
  readonly forMs: number;
  readonly end: () => void | Promise<void>;
}

type Begin = (subject: Subject, dice: Dice) => Fault | Promise<Fault>;

/** What a health monitor is called. */
export const monitorAt = (vantage: string): string => `monitor-${vantage}`;

const nothing = () => undefined;

const begin = {
  "rough-weather": ({ network }, dice) => {
    network.weather = {
      lostPart: dice.between(0, 0.3),
      duplicatedPart: dice.between(0, 0.2),
      holdUpMs: dice.between(0, 800),
    };
    return {
      words: "rough weather: messages are lost, doubled and held up",
      forMs: dice.between(2000, 10_000),
      end: () => {
        network.weather = FAIR;
      },
    };
  },
  partition: ({ network, nodes, isolates }, dice) => {
    const monitors = locationHints.map(monitorAt);
    const ends = [...isolates(), ...monitors, "operator"];
    const cut = dice.pick([
      () => `${dice.pick(ends)} table`,
      () => `${dice.pick(monitors)} ${dice.pick(nodes).backend}`,
      () => `${dice.pick(isolates())} ${dice.pick(nodes).backend}`,
      () => "table",
    ])();
    network.cuts.add(cut);
    return { words: `cut off: ${cut}`, forMs: dice.between(1000, 15_000), end: () => void network.cuts.delete(cut) };
  },
  "half-blind": ({ network, nodes }, dice) => {
    const { region } = dice.pick(nodes);
    const blind = dice.sample(locationHints, locationHints.length >> 1);
    return {
      words: `hidden from ${blind.join(", ")}: all of ${region}`,
      forMs: dice.between(5000, 30_000),
      end: hide(network, blind, inRegion(nodes, region)),
    };
  },
  "lying-vantage": ({ network }, dice) => {
    const vantage = dice.pick(locationHints);
    const status = dice.pick([200, 503]);
    network.lies.set(monitorAt(vantage), status);
    return {
      words: `${vantage} takes all backends for ${status === 200 ? "up" : "down"}`,
      forMs: dice.between(5000, 30_000),
      end: () => void network.lies.delete(monitorAt(vantage)),
    };
  },
  "node-restart": ({ nodes }, dice) => {
    const node = dice.pick(nodes);
    node.kill();
    return { words: `killed: ${node.backend}`, forMs: dice.between(1000, 20_000), end: () => node.start() };
  },
  "brown-out": async ({ nodes }, dice) => {
    const node = dice.pick(nodes);
    const faults = dice.pick([
      { errorRate: dice.between(0.2, 1) },
      { latencyMs: dice.between(200, 2500) },
      { errorRate: dice.between(0, 0.5), latencyMs: dice.between(0, 1000) },
      { down: true },
    ]);
    await node.setFaults(faults);
    return {
      words: `brown-out of ${node.backend}: ${JSON.stringify(faults)}`,
      forMs: dice.between(3000, 20_000),
      end: () => node.setFaults({}),
    };
  },
  "region-lost": ({ nodes }, dice) => {
    const { region } = dice.pick(nodes);
    const lost = inRegion(nodes, region);
    for (const node of lost) node.kill();
    return {
      words: `lost: all of ${region}`,
      forMs: dice.between(3000, 20_000),
      end: () => {
        for (const node of lost) node.start();
      },
    };
  },
  "object-restart": ({ host }, dice) => {
    const running = host.running();
    if (running.length === 0) return { words: "no object to restart", forMs: 0, end: nothing };
    const object = dice.pick(running);
    host.restart(object);
    return { words: `restarted: ${object}`, forMs: 0, end: nothing };
  },
  "alarm-twice": ({ host }, dice) => {
    const running = host.running();
    if (running.length === 0) return { words: "no alarm to repeat", forMs: 0, end: nothing };
    const object = dice.pick(running);
    host.repeatAlarm(object);
    return { words: `alarm run once more: ${object}`, forMs: 0, end: nothing };
  },
  "isolate-restart": ({ isolates, restartIsolate }, dice) => {
    const isolate = dice.pick(isolates());
    restartIsolate(isolate);
    return { words: `restarted: ${isolate}`, forMs: 0, end: nothing };
  },
  "database-down": ({ database }, dice) => {
    database.isDown = true;
    return {
      words: "D1 is down",
      forMs: dice.between(1000, 20_000),
      end: () => {
        database.isDown = false;
      },
    };
  },
  drift: ({ network, nodes }, dice) => {
    const site = dice.pick(nodes).region;
    const factor = dice.between(1, 3);
    network.drift.set(site, factor);
    return {
      words: `the ways to ${site} are ${factor.toFixed(2)} times as long`,
      forMs: dice.between(5000, 30_000),
      end: () => void network.drift.delete(site),
    };
  },
  overload: ({ nodes }, dice) => {
    const node = dice.pick(nodes);
    node.load = dice.between(0.5, 1);
    return {
      words: `load of ${node.backend}: ${node.load.toFixed(2)}`,
      forMs: dice.between(5000, 30_000),
      end: () => {
        node.load = 0.2;
      },
    };
  },
  "owners-cut": ({ network, host }) => {
    const owners = host.running().filter((object) => object.startsWith("RATE_LIMITER/"));
    for (const owner of owners) network.cuts.add(owner);
    return {
      words: `cut off: ${owners.length} owners of buckets`,
      forMs: 3000,
      end: () => {
        for (const owner of owners) network.cuts.delete(owner);
      },
    };
  },
} as const satisfies Readonly<Record<string, Begin>>;

export type FaultName = keyof typeof begin;
/** What the vantages see wrongly. */
export const VANTAGE_FAULTS: readonly FaultName[] = ["half-blind", "lying-vantage"];
/** What matters where somebody attacks. */
export const ATTACK_FAULTS: readonly FaultName[] = ["owners-cut"];
export const FAULTS = (Object.keys(begin) as FaultName[]).filter(
  (name) => !VANTAGE_FAULTS.includes(name) && !ATTACK_FAULTS.includes(name),
);

/** Keeps nodes from the sight of vantages. The answer lets them be seen again. */
export function hide(
  network: Network,
  vantages: readonly string[],
  nodes: readonly Pick<SimulatedNode, "backend">[],
): () => void {
  const cuts = vantages.flatMap((vantage) => nodes.map(({ backend }) => `${monitorAt(vantage)} ${backend}`));
  for (const cut of cuts) network.cuts.add(cut);
  return () => {
    for (const cut of cuts) network.cuts.delete(cut);
  };
}

export const inRegion = (nodes: readonly SimulatedNode[], region: string): readonly SimulatedNode[] =>
  nodes.filter((node) => node.region === region);

export interface Affliction {
  readonly names: readonly FaultName[];
  /** Between two faults, on the average. */
  readonly everyMs: number;
  /** Nothing goes wrong from then on, virtual Unix milliseconds; what has gone wrong is put right in its time. */
  readonly until: number;
  readonly tell: (words: string) => void;
}

/** From a time on, does one of these wrong again and again. */
export function afflict(subject: Subject, affliction: Affliction, dice: Dice): void {
  const { names, everyMs, until, tell } = affliction;
  if (names.length === 0) return;
  subject.clock.after(dice.pauseMs(everyMs), async () => {
    if (subject.clock.now >= until) return;
    await strike(dice.pick(names), subject, dice, tell);
    afflict(subject, affliction, dice);
  });
}

/** Does one thing wrong, says so, and puts it right again in time. */
async function strike(name: FaultName, subject: Subject, dice: Dice, tell: (words: string) => void): Promise<void> {
  const { words, forMs, end } = await begin[name](subject, dice);
  tell(words);
  if (forMs === 0) return;
  subject.clock.after(forMs, async () => {
    await end();
    tell(`no more: ${words}`);
  });
}
