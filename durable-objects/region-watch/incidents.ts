import { type Incident, incidentSchema } from "../../src/failover/incident.ts";
import { tell } from "../tell.ts";

/** Incidents that may wait for D1; the oldest closed ones give way. */
const MAX_WAITING = 1000;

type Row = { readonly id: string; readonly version: number; readonly json: string };

/** The open incidents, and what of all D1 does not have yet. */
export class Incidents {
  readonly #sql: SqlStorage;
  readonly #open = new Map<string, Incident>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    for (const { json } of sql.exec<{ json: string }>("SELECT json FROM incident WHERE is_open = 1")) {
      const read = incidentSchema.safeParse(JSON.parse(json));
      if (read.success) this.#open.set(read.data.region, read.data);
    }
  }

  /** By region. */
  get open(): ReadonlyMap<string, Incident> {
    return this.#open;
  }

  /** The log is told when one opens, and when it closes. */
  save(incident: Incident): void {
    const isOpen = incident.closedAt === null;
    const before = this.#open.get(incident.region);
    if (before === incident) return;
    if (before === undefined || !isOpen) tell("incident", newsOf(incident));
    if (isOpen) this.#open.set(incident.region, incident);
    else this.#open.delete(incident.region);
    this.#sql.exec(
      `INSERT INTO incident VALUES (?1, 1, 0, ?2, ?3)
       ON CONFLICT DO UPDATE SET version = version + 1, is_open = excluded.is_open, json = excluded.json`,
      incident.id,
      isOpen ? 1 : 0,
      JSON.stringify(incident),
    );
    this.#sql.exec(
      "DELETE FROM incident WHERE id IN (SELECT id FROM incident WHERE is_open = 0 ORDER BY id DESC LIMIT -1 OFFSET ?)",
      MAX_WAITING,
    );
  }

  /** Those that D1 is to have, with the version that they are now. */
  waiting(limit: number): { readonly incident: Incident; readonly version: number }[] {
    const rows = this.#sql.exec<Row>(
      "SELECT id, version, json FROM incident WHERE copied < version ORDER BY id LIMIT ?",
      limit,
    );
    return [...rows].flatMap(({ version, json }) => {
      const read = incidentSchema.safeParse(JSON.parse(json));
      return read.success ? [{ incident: read.data, version }] : [];
    });
  }

  /** D1 has these versions. What has changed meanwhile waits on; what is closed need not be kept here any more. */
  copied(taken: Readonly<ReturnType<Incidents["waiting"]>>): void {
    for (const { incident, version } of taken)
      this.#sql.exec("UPDATE incident SET copied = ? WHERE id = ?", version, incident.id);
    this.#sql.exec("DELETE FROM incident WHERE is_open = 0 AND copied = version");
  }
}

function newsOf({ id, region, openedAt, closedAt, cause, actions }: Incident) {
  const last = actions.at(-1)?.what ?? "";
  return closedAt === null
    ? { kind: "incident-opened", id, region, at: openedAt, text: `${region} has failed: ${cause.detail}` }
    : { kind: "incident-closed", id, region, at: closedAt, text: `${region}: ${last}` };
}
