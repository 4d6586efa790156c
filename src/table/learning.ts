import { z } from "zod";
import { type LearnedRow, learnedRowSchema } from "./learned-row.ts";
import { sameJson } from "./merge-patch.ts";
import { MAX_REGIONS } from "./region.ts";

/** Rows that one colo may have: its own, and those of its networks and countries. */
export const MAX_ROWS_PER_COLO = 64;
/** Rows of a colo that are gone and are still known to be, so that readers who hold them can be told. */
export const MAX_GONE_PER_COLO = 64;

/** A row as it is held. `row` is `null` when it is gone. */
export interface HeldRow {
  readonly row: LearnedRow | null;
  /** The epoch that publishes this state of it. */
  readonly epoch: number;
}

/** What one colo has told, by place. */
export type HeldRows = ReadonlyMap<string, HeldRow>;

export interface RowIntake {
  readonly held: HeldRows;
  /** The newest epoch of which it is no longer known what has gone since; 0 for none. */
  readonly forgottenUpTo: number;
}

const placeSchema = z.string().regex(/^[A-Z]{3}(\/[A-Z0-9]{2,14})?$/);
const rowSchema = z.tuple([placeSchema, learnedRowSchema]);

/**
 * Takes the rows of a colo in place of all that it told before; `epoch` will publish them. Malformed rows and those of
 * other colos are left out. `null` when nothing differs.
 */
export function takeRows(colo: string, held: HeldRows, told: unknown, epoch: number): RowIntake | null {
  const rows = readRows(colo, told);
  const next = new Map(held);
  let differs = false;
  const set = (place: string, row: LearnedRow | null) => {
    if (sameJson(next.get(place)?.row ?? null, row)) return;
    differs = true;
    next.set(place, { row, epoch });
  };
  for (const [place, row] of rows) set(place, row);
  for (const place of held.keys()) if (!rows.has(place)) set(place, null);
  return differs ? forgetOldest(next) : null;
}

function readRows(colo: string, told: unknown): ReadonlyMap<string, LearnedRow> {
  const rows = new Map<string, LearnedRow>();
  for (const raw of Array.isArray(told) ? told.slice(0, MAX_ROWS_PER_COLO) : []) {
    const read = rowSchema.safeParse(raw);
    if (!read.success) continue;
    const [place, row] = read.data;
    if (place.slice(0, 3) === colo && Object.keys(row).length <= MAX_REGIONS) rows.set(place, row);
  }
  return rows;
}

function forgetOldest(held: ReadonlyMap<string, HeldRow>): RowIntake {
  const gone = [...held].filter(([, { row }]) => row === null).sort(([, a], [, b]) => b.epoch - a.epoch);
  const forgotten = gone.slice(MAX_GONE_PER_COLO);
  const next = new Map(held);
  for (const [place] of forgotten) next.delete(place);
  return { held: next, forgottenUpTo: forgotten[0]?.[1].epoch ?? 0 };
}
