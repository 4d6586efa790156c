import { newlyWatched, type WatchedRegion, watchedRegionSchema } from "../../src/failover/watched-region.ts";

/** What is remembered of the regions from look to look. What is timed is stored at most so often: a restart loses less. */
const SAVE_EVERY_MS = 10_000;

export class Memory {
  readonly #sql: SqlStorage;
  readonly #regions = new Map<string, WatchedRegion>();
  #savedAt = 0;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    for (const { region, record } of sql.exec<{ region: string; record: string }>("SELECT * FROM region")) {
      // One of another version begins anew.
      const read = watchedRegionSchema.safeParse(JSON.parse(record));
      if (read.success) this.#regions.set(region, read.data);
    }
  }

  get(region: string, now: number): WatchedRegion {
    return this.#regions.get(region) ?? newlyWatched(now);
  }

  /** Takes what is remembered from now on, of all regions that there are. `moved` have changed their state. */
  keep(regions: ReadonlyMap<string, WatchedRegion>, moved: ReadonlySet<string>, now: number): void {
    const isDue = Math.abs(now - this.#savedAt) >= SAVE_EVERY_MS;
    if (isDue) this.#savedAt = now;
    for (const id of this.#regions.keys()) {
      if (regions.has(id)) continue;
      this.#regions.delete(id);
      this.#sql.exec("DELETE FROM region WHERE region = ?", id);
    }
    for (const [id, watched] of regions) {
      const before = this.#regions.get(id);
      this.#regions.set(id, watched);
      if (!before || moved.has(id) || (isDue && isTimed(before, watched))) this.#save(id, watched);
    }
  }

  #save(region: string, watched: WatchedRegion): void {
    this.#sql.exec(
      "INSERT INTO region VALUES (?, ?) ON CONFLICT DO UPDATE SET record = excluded.record",
      region,
      JSON.stringify(watched),
    );
  }
}

/** Whether something in it lasts, or has just ceased to. */
function isTimed(...both: readonly WatchedRegion[]): boolean {
  return both.some(
    ({ condition, triggers }) =>
      condition.leavingSince !== null || triggers.errors.since !== null || triggers.latency.since !== null,
  );
}
