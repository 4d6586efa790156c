import { err, ok, type Result } from "../base/result.ts";
import { distanceKm, fibreRoundTripMs } from "../geo/distance.ts";
import { fibreRoadsFrom } from "../geo/fibre.ts";
import { takesNewClients } from "../routing/standing.ts";
import { type FailoverTarget, MAX_FAILOVER_TARGETS } from "../table/failover.ts";
import type { RegionId } from "../table/region.ts";
import type { RegionEntry } from "../table/snapshot.ts";
import type { PublishedTable } from "../table/table.ts";
import type { FailoverCandidate, FailoverPlan } from "./plan.ts";
import { type Clients, type Trial, TrialGround } from "./trial.ts";

export interface SelectionTask {
  /** With the newest verdicts. */
  readonly published: PublishedTable;
  readonly from: string;
  /** The one target that somebody has named; `null` chooses. */
  readonly to: string | null;
  readonly clients: Clients;
  /** By how much the data of a region lag behind, milliseconds; a region that is missing is not known. */
  readonly lagMs: ReadonlyMap<string, number>;
  readonly now: number;
}

/** Why nobody can take the traffic. The plan, where there is one, has the numbers. */
export type SelectionRefusal =
  | { readonly kind: "unknown-region"; readonly region: string }
  /** The region that was named may not, or cannot, take anything: nothing overrides that. */
  | { readonly kind: "unfit-target"; readonly region: string; readonly reason: string }
  | { readonly kind: "no-target"; readonly candidates: readonly FailoverCandidate[] }
  /** It would push a region over its limit, however it is spread. */
  | { readonly kind: "no-capacity"; readonly plan: FailoverPlan };

/** No target may be fuller than this afterwards: the guide's bound. */
export const MAX_USE = 0.8;
/** A region of which less is up has troubles of its own. */
const MIN_UP = 0.5;
/** Data further behind than the guide's recovery point would be lost: 5 minutes. */
const MAX_LAG_MS = 300_000;
/** Targets that are tried out, the nearest first. */
const MAX_TRIALS = 16;

/** What counts as much as this many milliseconds of round trip, of which a score is the sum. */
const MS_OF_FULLNESS = 100;
const MS_OF_ILLNESS = 200;
const MS_OF_STRANGERS = 1000;
const MS_OF_A_SECOND_BEHIND = 20;

/**
 * Chooses where the traffic of a region goes: the best region that can take all of it, else the fewest of the best that
 * can share it by what each has to spare. Every trial is run by the code that routes, so that nobody is sent where
 * residency does not permit. The less of latency, load, illness, lag and clients that it may not take, the better.
 */
export function select(task: SelectionTask): Result<FailoverPlan, SelectionRefusal> {
  const { published, from, to, clients, now } = task;
  const unknown = [from, ...(to === null ? [] : [to])].find((id) => !published.table.regions.has(id));
  if (unknown !== undefined) return err({ kind: "unknown-region", region: unknown });
  const ground = new TrialGround(published, from, clients, now);
  const assessed = assess(task, ground);
  const candidates = assessed.map(({ candidate }) => candidate);
  const named = candidates.find(({ region }) => region === to);
  if (named && named.refusal !== null)
    return err({ kind: "unfit-target", region: named.region, reason: named.refusal });
  if (to === from) return err({ kind: "unfit-target", region: from, reason: "it is the region itself" });
  const fit = assessed
    .filter(({ candidate: { refusal, region } }) => refusal === null && (to === null || region === to))
    .sort((a, b) => (a.candidate.score ?? 0) - (b.candidate.score ?? 0));
  if (fit.length === 0) return err({ kind: "no-target", candidates });
  let plan: FailoverPlan | null = null;
  for (const targets of splits(fit, to !== null)) {
    const trial = targets.length === 1 ? trialOf(fit, targets[0]?.region) : ground.run(targets);
    plan = planOf(from, targets, trial, candidates);
    if (fits(trial)) return ok(plan);
  }
  return err({ kind: "no-capacity", plan: plan as FailoverPlan });
}

interface Assessed {
  readonly candidate: FailoverCandidate;
  readonly trial: Trial | null;
  /** Connections that it can still take. */
  readonly spare: number;
}

const trialOf = (assessed: readonly Assessed[], region: string | undefined): Trial =>
  assessed.find(({ candidate }) => candidate.region === region)?.trial as Trial;

/** Each candidate by itself, then the two best together, the three best, and so on. */
function* splits(fit: readonly Assessed[], isNamed: boolean): Iterable<FailoverTarget[]> {
  for (const { candidate } of fit) yield [{ region: candidate.region as RegionId, share: 1 }];
  if (isNamed) return;
  const able = fit.filter(({ spare }) => spare > 0).slice(0, MAX_FAILOVER_TARGETS);
  for (let count = 2; count <= able.length; count++) {
    const best = able.slice(0, count);
    const total = best.reduce((sum, { spare }) => sum + spare, 0);
    yield best.map(({ candidate, spare }) => ({ region: candidate.region as RegionId, share: spare / total }));
  }
}

/** Whether nobody who takes more than before is pushed over the limit. */
const fits = ({ regions }: Trial): boolean =>
  regions.every(({ before, after }) => after.share <= before.share + 1e-9 || (after.use ?? 0) <= MAX_USE);

function assess(task: SelectionTask, ground: TrialGround): Assessed[] {
  const { from, to, lagMs } = task;
  const { regions } = ground.well;
  const origin = regions.find(({ id }) => id === from) as RegionEntry;
  const others = regions
    .filter((region) => region !== origin)
    .sort((a, b) => distanceKm(origin.region, a.region) - distanceKm(origin.region, b.region));
  const roadKm = fibreRoadsFrom(origin.region);
  let trials = 0;
  return others.map((entry) => {
    const lag = lagMs.get(entry.id) ?? null;
    const up = partUp(ground, entry);
    const reason = unfitness(ground, entry, up, lag) ?? (entry.id !== to && ++trials > MAX_TRIALS ? "too far" : null);
    if (reason !== null) return unfit(entry, reason);
    const trial = ground.run([{ region: entry.id as RegionId, share: 1 }]);
    const permitted = trial.moved > 0 ? (trial.gained.get(entry.id) ?? 0) / trial.moved : 1;
    if (permitted === 0) return unfit(entry, "it may not take any of the clients, or does not serve them");
    const load = trial.regions.find(({ region }) => region === entry.id);
    const use = load?.after.use ?? null;
    const score =
      // Clients that come later, or are elsewhere for now, are taken to be near the region.
      (trial.addedMs ?? fibreRoundTripMs(roadKm(entry.region))) +
      ((use ?? 0) / MAX_USE) * MS_OF_FULLNESS +
      (1 - up) * MS_OF_ILLNESS +
      (1 - permitted) * MS_OF_STRANGERS +
      ((lag ?? 0) / 1000) * MS_OF_A_SECOND_BEHIND;
    const candidate = { region: entry.id, score, addedMs: trial.addedMs, permitted, use, refusal: null };
    const spare = Math.max(0, MAX_USE - (load?.before.use ?? 0)) * (load?.connections ?? 0);
    return { candidate, trial, spare };
  });
}

function unfit({ id: region }: RegionEntry, refusal: string): Assessed {
  const candidate = { region, score: null, addedMs: null, permitted: null, use: null, refusal };
  return { candidate, trial: null, spare: 0 };
}

/** Why a region cannot be a target, whoever the clients are; `null` when it can. */
function unfitness({ well }: TrialGround, entry: RegionEntry, up: number, lagMs: number | null): string | null {
  const open = well.backends.filter((each) => each.region === entry && takesNewClients(each));
  if (entry.failover !== null) return "it is failed over itself";
  if (open.length === 0) return "it takes no new clients";
  if (up === 0) return "none of its backends is up";
  if (up < MIN_UP) return "less than half of it is up";
  if (lagMs !== null && lagMs > MAX_LAG_MS) return `its data are ${Math.round(lagMs / 1000)} s behind`;
  return null;
}

/** The part of its connections, of those that are open, that is up. */
function partUp({ well }: TrialGround, entry: RegionEntry): number {
  const open = well.backends.filter((each) => each.region === entry && takesNewClients(each));
  const connections = (backends: typeof open) => backends.reduce((sum, { backend }) => sum + backend.connections, 0);
  if (open.length === 0) return 0;
  return connections(open.filter(({ verdict }) => verdict?.status !== "down")) / connections(open);
}

function planOf(
  from: string,
  targets: FailoverTarget[],
  { moved, elsewhere, stranded, addedMs, regions }: Trial,
  candidates: FailoverCandidate[],
): FailoverPlan {
  return { from, targets, moved, elsewhere, stranded, addedMs, regions: [...regions], candidates };
}
