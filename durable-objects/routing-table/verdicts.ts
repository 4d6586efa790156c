import { decodeVerdict } from "../../src/table/codec.ts";
import type { HeldVerdict } from "../../src/table/reception.ts";
import type { Loaded } from "./entities.ts";

type VerdictRow = {
  readonly backend: string;
  readonly live: string;
  readonly published: string;
  readonly recorded_at: number;
};

export function readVerdicts(sql: SqlStorage): Loaded<Map<string, HeldVerdict>> {
  const value = new Map<string, HeldVerdict>();
  const unreadable: string[] = [];
  for (const row of sql.exec<VerdictRow>("SELECT * FROM verdict")) {
    const live = decodeVerdict(JSON.parse(row.live));
    const published = decodeVerdict(JSON.parse(row.published));
    if (!live.ok) unreadable.push(`verdict of ${row.backend}: ${live.error}`);
    else if (!published.ok) unreadable.push(`verdict of ${row.backend}: ${published.error}`);
    else value.set(row.backend, { live: live.value, published: published.value, recordedAt: row.recorded_at });
  }
  return { value, unreadable };
}

/** `publishedEpoch` is the epoch that first publishes what is published; `null` leaves it as it is. */
export function writeVerdict(
  sql: SqlStorage,
  backend: string,
  { live, published, recordedAt }: HeldVerdict,
  publishedEpoch: number | null,
): void {
  sql.exec(
    `INSERT INTO verdict (backend, live, published, recorded_at, published_epoch) VALUES (?1, ?2, ?3, ?4, ifnull(?5, 0))
     ON CONFLICT (backend) DO UPDATE
     SET live = excluded.live, published = excluded.published, recorded_at = excluded.recorded_at,
       published_epoch = ifnull(?5, published_epoch)`,
    backend,
    JSON.stringify(live),
    JSON.stringify(published),
    recordedAt,
    publishedEpoch,
  );
}

/** The backends whose verdict was published after an epoch. */
export function verdictsSince(sql: SqlStorage, epoch: number): string[] {
  const rows = sql.exec<{ backend: string }>("SELECT backend FROM verdict WHERE published_epoch > ?", epoch);
  return [...rows].map(({ backend }) => backend);
}

export function deleteVerdict(sql: SqlStorage, backend: string): void {
  sql.exec("DELETE FROM verdict WHERE backend = ?", backend);
}
