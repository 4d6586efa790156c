import { appear, type BackendHealth, isConfirming } from "../../src/health/hysteresis.ts";
import { unmeasured } from "../../src/latency-matrix/path-record.ts";
import type { Backend, BackendId } from "../../src/table/backend.ts";
import type { Vantage } from "../../src/table/region.ts";
import { createTable, type Endpoint, type Target, targetSchema } from "./schema.ts";

/** The backends that a monitor checks, in its own SQLite, so that a restart forgets nothing. */
export class Targets {
  readonly #sql: SqlStorage;
  readonly #vantage: Vantage;

  constructor(sql: SqlStorage, vantage: Vantage) {
    this.#sql = sql;
    this.#vantage = vantage;
    sql.exec(createTable);
  }

  /** Takes the backends of a table: drops those that are gone or disabled, and begins anew with those that moved. */
  follow(backends: ReadonlyMap<string, Backend>, now: number): void {
    const known = new Map(this.all().map((target) => [target.backend, target]));
    for (const id of this.ids()) {
      if (isChecked(backends.get(id))) continue;
      this.#sql.exec("DELETE FROM target WHERE backend = ?", id);
    }
    for (const [id, backend] of backends as ReadonlyMap<BackendId, Backend>) {
      if (!isChecked(backend) || isSameEndpoint(known.get(id)?.endpoint, backend)) continue;
      this.save({
        backend: id,
        endpoint: endpointOf(backend),
        health: appear(this.#vantage, id, now),
        path: unmeasured,
      });
    }
  }

  save(target: Target): void {
    const { backend, health } = target;
    this.#sql.exec(
      `INSERT INTO target (backend, next_check_at, confirming, record) VALUES (?, ?, ?, ?)
       ON CONFLICT (backend) DO UPDATE SET
         next_check_at = excluded.next_check_at, confirming = excluded.confirming, record = excluded.record`,
      backend,
      health.nextCheckAt,
      isConfirming(health) ? 1 : 0,
      JSON.stringify(target),
    );
  }

  change(backend: BackendId, change: (health: BackendHealth) => BackendHealth): void {
    const target = this.get(backend);
    if (!target) return;
    const health = change(target.health);
    if (health !== target.health) this.save({ ...target, health });
  }

  get(backend: BackendId): Target | undefined {
    return this.#read("SELECT record FROM target WHERE backend = ?", backend)[0];
  }

  /** Confirmations first, then the longest overdue. */
  due(now: number, limit: number): Target[] {
    return this.#read(
      "SELECT record FROM target WHERE next_check_at <= ? ORDER BY confirming DESC, next_check_at LIMIT ?",
      now,
      limit,
    );
  }

  all(): Target[] {
    return this.#read("SELECT record FROM target");
  }

  ids(): BackendId[] {
    return this.#sql
      .exec<{ backend: BackendId }>("SELECT backend FROM target")
      .toArray()
      .map((row) => row.backend);
  }

  count(): number {
    return this.#sql.exec<{ count: number }>("SELECT count(*) AS count FROM target").one().count;
  }

  /** When the next check is due, in Unix milliseconds; infinite when there is none. */
  nextDueAt(): number {
    const { at } = this.#sql.exec<{ at: number | null }>("SELECT min(next_check_at) AS at FROM target").one();
    return at ?? Number.POSITIVE_INFINITY;
  }

  // A record of another version is as good as none: the next `follow` begins anew with that backend.
  #read(query: string, ...bindings: (string | number)[]): Target[] {
    return this.#sql
      .exec<{ record: string }>(query, ...bindings)
      .toArray()
      .flatMap(({ record }) => targetSchema.safeParse(JSON.parse(record)).data ?? []);
  }
}

function isChecked(backend: Backend | undefined): boolean {
  return backend !== undefined && backend.state !== "disabled";
}

function endpointOf({ url, healthPath, loadPath, probe }: Endpoint): Endpoint {
  return { url, healthPath, loadPath, probe };
}

/** Both were read by the same schemas, which order their fields. */
function isSameEndpoint(endpoint: Endpoint | undefined, backend: Backend): boolean {
  return endpoint !== undefined && JSON.stringify(endpointOf(endpoint)) === JSON.stringify(endpointOf(backend));
}
