import type { Table } from "./table.ts";
import { type Load, type Verdict, verdictReportSchema } from "./verdict.ts";

/** A change of load below this is not worth an epoch. */
export const MIN_LOAD_MOVE = 0.05;
/** Between changes of status a backend's health is recorded this often. */
export const RECORD_EVERY_MS = 600_000;

/** Reports that are looked at in one call: as many as there can be backends. */
export const MAX_REPORTS = 10_000;

/** A backend's verdict as last reported, and as the newest epoch publishes it. */
export interface HeldVerdict {
  readonly live: Verdict;
  readonly published: Verdict;
  /** When it last went into the health history, Unix milliseconds. */
  readonly recordedAt: number;
}

export interface Intake {
  readonly held: ReadonlyMap<string, HeldVerdict>;
  /** Backends whose verdict is new. */
  readonly received: ReadonlySet<string>;
  /** Whether a verdict differs from the published one in what routing uses, so that it needs an epoch. */
  readonly publish: boolean;
  /** What goes into the health history. */
  readonly records: readonly { readonly backend: string; readonly verdict: Verdict }[];
}

/** Takes reports in order. Malformed ones, those of unknown backends and those overtaken by newer ones are left out. */
export function receiveAll(
  backends: Table["backends"],
  held: ReadonlyMap<string, HeldVerdict>,
  reports: unknown,
  now: number,
): Intake {
  const next = new Map(held);
  const received = new Set<string>();
  const records: { backend: string; verdict: Verdict }[] = [];
  let publish = false;
  for (const raw of Array.isArray(reports) ? reports.slice(0, MAX_REPORTS) : []) {
    const report = verdictReportSchema.safeParse(raw);
    if (!report.success || !backends.has(report.data.backend)) continue;
    const { backend, verdict } = report.data;
    const reception = receive(next.get(backend), verdict, now);
    if (!reception) continue;
    next.set(backend, reception.held);
    received.add(backend);
    publish ||= reception.publish;
    if (reception.record) records.push({ backend, verdict: reception.held.live });
  }
  return { held: next, received, publish, records };
}

interface Reception {
  readonly held: HeldVerdict;
  readonly publish: boolean;
  readonly record: boolean;
}

/**
 * Takes one verdict. One that is older than the held verdict is `null`: it was overtaken. A reporter whose
 * clock is ahead is taken to speak of now, else it would shut out all after it.
 */
function receive(held: HeldVerdict | undefined, reported: Verdict, now: number): Reception | null {
  const live = { ...reported, checkedAt: Math.min(reported.checkedAt, now) };
  if (!held) return { held: { live, published: live, recordedAt: live.checkedAt }, publish: true, record: true };
  if (live.checkedAt < held.live.checkedAt) return null;
  const publish = routesOtherwise(held.published, live);
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

/** Load is compared with what is published, not with the last report, so that a slow drift adds up. */
function routesOtherwise(published: Verdict, live: Verdict): boolean {
  // A recovery under the same status is a flap between two reports: slow start begins anew.
  if (published.status !== live.status || published.recoveredAt !== live.recoveredAt) return true;
  return hasMoved(published.load, live.load);
}

function hasMoved(a: Load | null, b: Load | null): boolean {
  if (a === null || b === null) return a !== b;
  return loadParts.some((part) => Math.abs(a[part] - b[part]) > MIN_LOAD_MOVE - 1e-9);
}

const loadParts = ["cpu", "memory", "disk", "network", "inFlight"] as const satisfies readonly (keyof Load)[];
