import { type DetectorState, detectorStateSchema } from "../../src/shield/anomaly/detector.ts";
import type { OpenAttack } from "../../src/shield/traffic/open-attack.ts";
import { type ServiceWatch, serviceRecordSchema } from "../../src/shield/traffic/service-watch.ts";
import type { ServiceMemory } from "../../src/shield/traffic/traffic-detector.ts";
import { type ServiceId, serviceIdSchema } from "../../src/table/service.ts";
import { schema } from "./schema.ts";

/** Each row is written at most so often, but for the beginning and the end of an attack, and what it has on top. */
const SAVE_EVERY_MS = 60_000;
/** Rows written at a time: a series is some 30 kB, a service some 300 kB. */
const MAX_SERIES_AT_A_TIME = 4;
const MAX_SERVICES_AT_A_TIME = 1;

/** What is remembered of the services from second to second, in SQLite. A restart loses the last minutes at most. */
export class Memory {
  readonly #storage: DurableObjectStorage;
  /** When each row was written, by service and key. Unix milliseconds. */
  readonly #services = new Map<string, { readonly at: number; readonly attack: string | null }>();
  readonly #series = new Map<string, Map<string, number>>();
  #sweptAt = 0;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    storage.sql.exec(schema);
  }

  /** What cannot be read, as another version may have written it, begins anew. */
  all(): ServiceMemory[] {
    const { sql } = this.#storage;
    const services = sql.exec<{ service: string; record: string }>("SELECT service, record FROM service").toArray();
    return services.flatMap(({ service, record }) => {
      const id = serviceIdSchema.safeParse(service);
      const read = serviceRecordSchema.safeParse(parseJson(record));
      this.#series.set(service, new Map());
      this.#services.set(service, { at: 0, attack: wordOf(read.data?.attack ?? null) });
      return id.success && read.success
        ? [{ service: id.data, record: read.data, series: this.#seriesOf(service) }]
        : [];
    });
  }

  #seriesOf(service: string): Map<string, DetectorState> {
    const rows = this.#storage.sql.exec<{ key: string; state: string }>(
      "SELECT key, state FROM series WHERE service = ?",
      service,
    );
    const states = new Map<string, DetectorState>();
    for (const { key, state } of rows) {
      this.#series.get(service)?.set(key, 0);
      const read = detectorStateSchema.safeParse(parseJson(state));
      if (read.success) states.set(key, read.data);
    }
    return states;
  }

  /** Writes what is due, some at a time. */
  save(watches: ReadonlyMap<ServiceId, ServiceWatch>, now: number): void {
    this.#storage.transactionSync(() => {
      this.#saveServices(watches, now);
      this.#saveSeries(watches, now);
      if (Math.abs(now - this.#sweptAt) >= SAVE_EVERY_MS) this.#sweep(watches, now);
    });
  }

  #saveServices(watches: ReadonlyMap<ServiceId, ServiceWatch>, now: number): void {
    let written = 0;
    for (const [service, watch] of watches) {
      const before = this.#services.get(service);
      const attack = wordOf(watch.attack);
      const hasMoved = before?.attack !== attack && (before !== undefined || attack !== null);
      // A clock that was set back does not hold it up.
      const isDue = Math.abs(now - (before?.at ?? 0)) >= SAVE_EVERY_MS && written < MAX_SERVICES_AT_A_TIME;
      if (!hasMoved && !isDue) continue;
      written += 1;
      this.#services.set(service, { at: now, attack });
      this.#storage.sql.exec(
        "INSERT INTO service VALUES (?, ?) ON CONFLICT DO UPDATE SET record = excluded.record",
        service,
        JSON.stringify(watch.record),
      );
    }
  }

  #saveSeries(watches: ReadonlyMap<ServiceId, ServiceWatch>, now: number): void {
    let left = MAX_SERIES_AT_A_TIME;
    for (const [service, { series }] of watches) {
      const written = this.#series.get(service) ?? new Map<string, number>();
      this.#series.set(service, written);
      for (const [key, detector] of series.detectors()) {
        if (left === 0) return;
        if (Math.abs(now - (written.get(key) ?? 0)) < SAVE_EVERY_MS) continue;
        left -= 1;
        // At the end of the map, so that the others have their turn first.
        written.delete(key);
        written.set(key, now);
        this.#storage.sql.exec(
          "INSERT INTO series VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state",
          service,
          key,
          JSON.stringify(detector.state()),
        );
      }
    }
  }

  /** Takes out what is watched no longer. */
  #sweep(watches: ReadonlyMap<string, ServiceWatch>, now: number): void {
    this.#sweptAt = now;
    const { sql } = this.#storage;
    for (const service of [...this.#services.keys(), ...this.#series.keys()]) {
      if (watches.has(service)) continue;
      this.#services.delete(service);
      this.#series.delete(service);
      sql.exec("DELETE FROM service WHERE service = ?", service);
      sql.exec("DELETE FROM series WHERE service = ?", service);
    }
    for (const [service, { series }] of watches) {
      const detectors = series.detectors();
      const written = this.#series.get(service);
      for (const key of written?.keys() ?? []) {
        if (detectors.has(key)) continue;
        written?.delete(key);
        sql.exec("DELETE FROM series WHERE service = ? AND key = ?", service, key);
      }
    }
  }
}

/** Another one for each change that a restart must not lose. */
const wordOf = (attack: OpenAttack | null): string | null => attack && `${attack.id} ${attack.onTop.length}`;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
