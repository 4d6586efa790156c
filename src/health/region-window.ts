import { RegionCounts, type RegionFigures, type RegionRow } from "./region-counts.ts";

/** A reading looks back so far. Counts come every ten seconds by two hands, so that in quiet times it holds a batch. */
export const READING_MS = 20_000;
/** The newest part of a reading, which says earlier that something is over. */
export const RECENT_MS = 5000;
const SLOT_MS = 1000;

/** What the edges saw of a region of late. */
export interface RegionReading extends RegionFigures {
  /** In the newest part. */
  readonly recent: RegionFigures;
}

/** What was counted in the last seconds, by when it came: counts that were held up say nothing of when they were made. */
export class RegionWindow {
  readonly #slots = new Map<number, RegionCounts>();

  add(rows: readonly RegionRow[], at: number): void {
    const slot = Math.floor(at / SLOT_MS);
    const counts = this.#slots.get(slot) ?? new RegionCounts();
    counts.add(rows);
    this.#slots.set(slot, counts);
  }

  /** Of each region that had requests. What is too old, or of a time that has not come, is forgotten. */
  readings(now: number): ReadonlyMap<string, RegionReading> {
    const all = new RegionCounts();
    const recent = new RegionCounts();
    for (const [slot, counts] of this.#slots) {
      const ageMs = now - slot * SLOT_MS;
      if (ageMs < 0 || ageMs >= READING_MS) {
        this.#slots.delete(slot);
        continue;
      }
      all.addAll(counts);
      if (ageMs < RECENT_MS) recent.addAll(counts);
    }
    return new Map([...all.regions()].map((id) => [id, { ...all.figures(id), recent: recent.figures(id) }]));
  }
}
