import { Random } from "../../src/base/random.ts";
import { distanceKm } from "../../src/geo/distance.ts";
import { Learner } from "../../src/routing/latency/learner.ts";
import { estimateLatency } from "../../src/routing/latency/model.ts";
import type { Snapshot } from "../../src/table/snapshot.ts";
import { type Client, type Geography, heldOutClients, syntheticClients } from "./latency-worlds.ts";
import { atMost, type Figure } from "./report.ts";

const WORLDS = 3;
const SAMPLES = [5, 20, 100] as const;
/** A choice that costs more than this is a misroute. */
const MISROUTE_MS = 1;

/**
 * What each way to choose a region costs over the best choice: the nearest on the map, the model before anything was
 * learned, and after some samples a region. Samples are the true time plus queues (exponential, 2 ms and 2 % of it on
 * average), and one in fifty is slower by up to half a second.
 */
export function benchLatency(): Promise<Figure[]> {
  const worlds = (geography: Geography) =>
    Array.from({ length: WORLDS }, (_, i) => syntheticClients(i + 1, geography)).flat();
  return Promise.resolve([
    ...compare("measured matrix", heldOutClients(), true),
    ...compare("synthetic, cables", worlds("cables"), true),
    // Where great circles are right there is little to gain over them; shown for what the model loses there.
    ...compare("synthetic, great circles", worlds("great circles"), false),
  ]);
}

function compare(name: string, clients: readonly Client[], withTargets: boolean): Figure[] {
  // Learning goes by place, whatever the candidates.
  const places = clients.filter(({ candidates }) => candidates.length > 3);
  const nearest = regretsOf(clients, ({ snapshot, point }) => (id) => {
    const region = snapshot.table.regions.get(id);
    return region ? distanceKm(point, region) : Number.POSITIVE_INFINITY;
  });
  const cold = regretsOf(clients, ({ snapshot, place }) => estimatesOf(snapshot, place));
  const bound = Math.round(mean(nearest) * 50) / 100;
  const random = new Random([1, 2, 3]);
  const warm = SAMPLES.flatMap((count) => {
    const regrets = regretsOf(places, (client) => estimatesOf(learned(client, count, random), warmPlace(client)));
    const targets = count === 20 && withTargets ? { mean: 0.5, p99: 5 } : null;
    return figures(`${name}, ${count} samples`, regrets, targets);
  });
  return [
    ...figures(`${name}, nearest on the map`, nearest, null),
    ...figures(`${name}, cold`, cold, withTargets ? { mean: bound, p99: null } : null, mean(nearest)),
    ...warm,
  ];
}

type Score = (region: string) => number;

function regretsOf(clients: readonly Client[], scoreOf: (client: Client) => Score): number[] {
  return clients.map((client) => {
    const score = scoreOf(client);
    const choice = client.candidates.reduce((a, b) => (score(b) < score(a) ? b : a));
    return client.trueMs(choice) - Math.min(...client.candidates.map(client.trueMs));
  });
}

function estimatesOf(snapshot: Snapshot, place: Client["place"]): Score {
  const estimates = estimateLatency(snapshot, place);
  const byId = new Map(snapshot.regions.map(({ id, index }) => [id, estimates[index]?.ms ?? Number.NaN]));
  return (id) => byId.get(id) ?? Number.NaN;
}

/** A client of the matrix has no colo: it is given one that nobody knows. */
const warmPlace = ({ place }: Client) => ({ ...place, colo: place.colo ?? "XXX" });

function learned(client: Client, count: number, random: Random): Snapshot {
  const { colo } = warmPlace(client);
  const learner = new Learner(colo);
  for (let i = 0; i < count; i++) {
    for (const region of client.candidates) {
      const ms = client.trueMs(region);
      const queue = -Math.log(1 - random.unit()) * (2 + 0.02 * ms);
      const slow = random.unit() < 0.02 ? random.unit() * 500 : 0;
      learner.learn({ region, ms: ms + queue + slow, at: i * 1000, asn: null, country: null });
    }
  }
  return { ...client.snapshot, learned: learner.rows(count * 1000) };
}

interface Targets {
  readonly mean: number;
  readonly p99: number | null;
}

function figures(name: string, regrets: readonly number[], targets: Targets | null, baseline?: number): Figure[] {
  const misroutes = (100 * regrets.filter((ms) => ms > MISROUTE_MS).length) / regrets.length;
  const [average, p99] = [mean(regrets), percentile(regrets, 99)];
  return [
    {
      bench: "latency",
      figure: `${name}: mean regret`,
      value: average,
      unit: "ms",
      ...(baseline === undefined ? {} : { baseline }),
      ...(targets && atMost(average, targets.mean)),
    },
    { bench: "latency", figure: `${name}: misrouted`, value: misroutes, unit: "%" },
    {
      bench: "latency",
      figure: `${name}: P99 regret`,
      value: p99,
      unit: "ms",
      ...(targets?.p99 == null ? {} : atMost(p99, targets.p99)),
    },
  ];
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Nearest rank. */
function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}
