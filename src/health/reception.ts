import type { Load, Verdict } from "../table/verdict.ts";
import type { Ballots } from "./ballot.ts";
import { settle } from "./quorum.ts";

/** A change of load below this is not worth an epoch. */
export const MIN_LOAD_MOVE = 0.05;
/** Between changes of status a backend's health is recorded this often. */
export const RECORD_EVERY_MS = 600_000;

/** A backend's verdict as it is now, and as the newest epoch publishes it. */
export interface HeldVerdict {
  readonly live: Verdict;
  readonly published: Verdict;
  /** When it last went into the health history, Unix milliseconds. */
  readonly recordedAt: number;
}

export interface Intake {
  readonly held: ReadonlyMap<string, HeldVerdict>;
  /** Backends whose verdict differs in more than what each check changes: those to be stored. */
  readonly changed: ReadonlySet<string>;
  /** Whether a verdict differs from the published one in what its readers act upon, so that it needs an epoch. */
  readonly publish: boolean;
  /** What goes into the health history. */
  readonly records: readonly { readonly backend: string; readonly verdict: Verdict }[];
}

/** Decides anew on some backends. `loadsDue` says whether loads that moved may make an epoch. */
export function settleAll(
  backends: Iterable<string>,
  ballots: Ballots,
  held: ReadonlyMap<string, HeldVerdict>,
  now: number,
  loadsDue: boolean,
): Intake {
  const next = new Map(held);
  const changed = new Set<string>();
  const records: { backend: string; verdict: Verdict }[] = [];
  let publish = false;
  for (const backend of backends) {
    const standing = held.get(backend);
    const live = settle(standing?.live ?? null, [...(ballots.get(backend)?.values() ?? [])], now);
    if (!live) continue;
    const reception = receive(standing, live, loadsDue);
    next.set(backend, reception.held);
    publish ||= reception.publish;
    if (reception.publish || reception.record) changed.add(backend);
    if (reception.record) records.push({ backend, verdict: live });
  }
  return { held: next, changed, publish, records };
}

interface Reception {
  readonly held: HeldVerdict;
  readonly publish: boolean;
  readonly record: boolean;
}

function receive(held: HeldVerdict | undefined, live: Verdict, loadsDue: boolean): Reception {
  if (!held) return { held: { live, published: live, recordedAt: live.checkedAt }, publish: true, record: true };
  const publish = standsOtherwise(held.published, live) || (loadsDue && hasMoved(held.published.load, live.load));
  const record = live.status !== held.live.status || live.checkedAt - held.recordedAt >= RECORD_EVERY_MS;
  return {
    held: {
      live,
      published: publish ? live : held.published,
      recordedAt: record ? live.checkedAt : held.recordedAt,
    },
    publish,
    record,
  };
}

function standsOtherwise(published: Verdict, live: Verdict): boolean {
  return (
    published.status !== live.status ||
    published.recoveredAt !== live.recoveredAt ||
    // Failover acts upon it.
    published.votes.confidence !== live.votes.confidence
  );
}

/** Load is compared with what is published, not with the last vote, so that a slow drift adds up. */
function hasMoved(a: Load | null, b: Load | null): boolean {
  if (a === null || b === null) return a !== b;
  return loadParts.some((part) => Math.abs(a[part] - b[part]) > MIN_LOAD_MOVE - 1e-9);
}

const loadParts = ["cpu", "memory", "disk", "network", "inFlight"] as const satisfies readonly (keyof Load)[];
