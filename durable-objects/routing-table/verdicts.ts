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

export function writeVerdict(sql: SqlStorage, backend: string, held: HeldVerdict | undefined): void {
  if (!held) return;
  const { live, published, recordedAt } = held;
  sql.exec(
    `INSERT INTO verdict (backend, live, published, recorded_at) VALUES (?, ?, ?, ?)
     ON CONFLICT (backend) DO UPDATE
     SET live = excluded.live, published = excluded.published, recorded_at = excluded.recorded_at`,
    backend,
    JSON.stringify(live),
    JSON.stringify(published),
    recordedAt,
  );
}

export function deleteVerdict(sql: SqlStorage, backend: string): void {
  sql.exec("DELETE FROM verdict WHERE backend = ?", backend);
}
