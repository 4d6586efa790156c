import { z } from "zod";
import type { Change } from "../../table/change.ts";

/** One epoch of the routing table's configuration, as it is kept. */
export interface TableChangeRecord {
  readonly epoch: number;
  /** Unix milliseconds. */
  readonly at: number;
  readonly principal: string;
  readonly requestId: string;
  readonly summary: string;
  readonly changeCount: number;
  /** `null` where they were too long to keep. */
  readonly changes: readonly Change[] | null;
}

/** As it is written: the changes are JSON already. */
export type NewTableChange = Omit<TableChangeRecord, "changes"> & { readonly changes: string | null };

export const MAX_TABLE_CHANGE_ROWS = 1000;
/** Longer changes are counted but not kept in D1, whose rows and parameters hold 2 MB. */
export const MAX_KEPT_CHANGE_CHARS = 16_000;

/** Newest first; `before` is an epoch, exclusive. */
export async function tableChanges(
  db: D1Database,
  limit: number,
  before: number | null,
): Promise<readonly TableChangeRecord[]> {
  const { results } = await db
    .prepare(
      `SELECT epoch, at, principal, request_id, summary, change_count, changes FROM table_change
       WHERE epoch < ? ORDER BY epoch DESC, at DESC LIMIT ?`,
    )
    .bind(before ?? Number.MAX_SAFE_INTEGER, Math.min(Math.max(1, limit), MAX_TABLE_CHANGE_ROWS))
    .all<TableChangeRow>();
  return results.map(fromRow);
}

/** One statement for any number of epochs, with one bound parameter. Those that are there already are left alone. */
export function insertTableChanges(db: D1Database, records: readonly NewTableChange[]): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO table_change (epoch, at, principal, request_id, summary, change_count, changes)
       SELECT value->>'epoch', value->>'at', value->>'principal', value->>'requestId', value->>'summary',
         value->>'changeCount', value->>'changes'
       FROM json_each(?) WHERE true ON CONFLICT DO NOTHING`,
    )
    .bind(JSON.stringify(records));
}

/** Forgets changes from before a time. */
export function deleteTableChangesBefore(db: D1Database, at: number): D1PreparedStatement {
  return db.prepare("DELETE FROM table_change WHERE at < ?").bind(at);
}

type TableChangeRow = {
  readonly epoch: number;
  readonly at: number;
  readonly principal: string;
  readonly request_id: string;
  readonly summary: string;
  readonly change_count: number;
  readonly changes: string | null;
};

const changesSchema = z.array(
  z.object({ section: z.string(), id: z.string(), before: z.unknown(), after: z.unknown() }),
);

function fromRow({ request_id, change_count, changes, ...row }: TableChangeRow): TableChangeRecord {
  const parsed = changes === null ? null : changesSchema.parse(JSON.parse(changes));
  return { ...row, requestId: request_id, changeCount: change_count, changes: parsed };
}
