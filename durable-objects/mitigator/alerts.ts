import { type Alert, alertSchema } from "../../src/shield/mitigation/alert.ts";
import type { Announcement } from "../../src/shield/mitigation/announce.ts";
import { tell } from "../tell.ts";
import { idAt } from "./bans.ts";

/** Alerts that are kept here; D1 has them longer. */
export const MAX_ALERTS = 500;

export class Alerts {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Each is kept, and told to the log, once. */
  raise(announcements: readonly Announcement[]): void {
    for (const each of announcements) {
      const alert: Alert = { id: idAt(each.at, `${each.kind} ${each.text}`), ...each };
      const kept = this.#sql.exec(
        "INSERT INTO alert VALUES (?, 0, ?) ON CONFLICT DO NOTHING RETURNING id",
        alert.id,
        JSON.stringify(alert),
      );
      if ([...kept].length > 0) tell("alert", alert);
    }
    if (announcements.length === 0) return;
    this.#sql.exec(
      "DELETE FROM alert WHERE id IN (SELECT id FROM alert ORDER BY id DESC LIMIT -1 OFFSET ?)",
      MAX_ALERTS,
    );
  }

  /** Newest first. */
  list(limit: number, before: string | null): Alert[] {
    const rows = this.#sql.exec<{ json: string }>(
      "SELECT json FROM alert WHERE id < coalesce(?, 'zzzzzzzzzz') ORDER BY id DESC LIMIT ?",
      before,
      limit,
    );
    return [...rows].flatMap(readAlert);
  }

  /** Those that D1 is to have. */
  waiting(limit: number): Alert[] {
    const rows = this.#sql.exec<{ json: string }>(
      "SELECT json FROM alert WHERE is_copied = 0 ORDER BY id LIMIT ?",
      limit,
    );
    return [...rows].flatMap(readAlert);
  }

  copied(taken: readonly Alert[]): void {
    for (const { id } of taken) this.#sql.exec("UPDATE alert SET is_copied = 1 WHERE id = ?", id);
  }
}

function readAlert({ json }: { readonly json: string }): Alert[] {
  const read = alertSchema.safeParse(JSON.parse(json));
  return read.success ? [read.data] : [];
}
