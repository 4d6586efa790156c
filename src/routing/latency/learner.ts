import type { Learned, LearnedFigure, LearnedRow } from "../../table/learned-row.ts";
import { MAX_REGIONS } from "../../table/region.ts";
import { type Seen, Track } from "./track.ts";

/** A round trip from a colo to a region, and whose request it was. */
export interface Sample {
  readonly region: string;
  readonly ms: number;
  /** Unix milliseconds. */
  readonly at: number;
  readonly asn: number | null;
  readonly country: string | null;
}

/** Networks and countries that a colo looks at apart. */
const MAX_REFINEMENTS = 32;
/** A figure is worth telling when more than one sample is behind it. */
const LEAST_SAMPLES = 1.5;
/** A refinement is worth a row when it has this much evidence and differs by more than the deviations explain. */
const REFINEMENT_SAMPLES = 10;
const REFINEMENT_DEVIATIONS = 3;
const REFINEMENT_MS = 3;
/** A row is worth publishing anew when a figure moved by more than it is unsure of, or its evidence has grown by half. */
const MOVED_MS = 1;
const MOVED_PART = 0.03;
const EVIDENCE_GREW = 1.5;
/** Evidence beyond this makes no difference to any estimate. */
const ENOUGH_SAMPLES = 20;

/** What one colo has learned of the roads to the regions, in bounded memory: samples in, rows of the table out. */
export class Learner {
  readonly #colo: string;
  readonly #tracks = new Map<string, Map<string, Track>>();

  constructor(colo: string) {
    this.#colo = colo;
  }

  learn({ region, ms, at, asn, country }: Sample): void {
    const seen = { ms, at };
    const own = this.#track(this.#colo, region);
    if (own?.add(seen)) this.#forgetInParts(region, own.seen[0]?.at ?? at);
    if (asn !== null) this.#track(`${this.#colo}/AS${asn}`, region)?.add(seen);
    if (country !== null) this.#track(`${this.#colo}/${country}`, region)?.add(seen);
  }

  /** Takes back what was stored of a place. */
  restore(place: string, region: string, seen: readonly Seen[]): void {
    this.#track(place, region)?.restore(seen);
  }

  /** What there is to store of a place. */
  seenAt(place: string): ReadonlyMap<string, readonly Seen[]> {
    return new Map([...(this.#tracks.get(place) ?? [])].map(([region, track]) => [region, track.seen]));
  }

  track(region: string): Track | undefined {
    return this.#tracks.get(this.#colo)?.get(region);
  }

  /** The rows as they would be published now: the colo's, and those of the networks and countries that differ from it. */
  rows(now: number): Learned {
    const rows = new Map<string, LearnedRow>();
    const own = this.#row(this.#colo, now);
    if (Object.keys(own).length > 0) rows.set(this.#colo, own);
    for (const place of this.#tracks.keys()) {
      if (place === this.#colo) continue;
      const differing = Object.entries(this.#row(place, now)).filter(([id, figure]) =>
        differs(figure, own[id as keyof LearnedRow]),
      );
      if (differing.length > 0) rows.set(place, Object.fromEntries(differing));
    }
    return rows;
  }

  #row(place: string, now: number): LearnedRow {
    const row: Record<string, LearnedFigure> = {};
    for (const [region, track] of this.#tracks.get(place) ?? []) {
      const figure = track.figure(now);
      if (figure && figure.samples >= LEAST_SAMPLES) row[region] = figure;
    }
    return row;
  }

  /**
   * Networks and countries are on the colo's road. One that has left a region since has no samples of its own to tell
   * that the road has changed, and would be held to differ.
   */
  #forgetInParts(region: string, before: number): void {
    for (const [place, tracks] of this.#tracks) if (place !== this.#colo) tracks.get(region)?.forgetBefore(before);
  }

  #track(place: string, region: string): Track | undefined {
    const tracks = this.#tracks.get(place) ?? new Map<string, Track>();
    if (place !== this.#colo) {
      // The last that was used goes to the end, so that the first is the one that was not used for longest.
      this.#tracks.delete(place);
      const [, oldest] = this.#tracks.keys();
      if (this.#tracks.size > MAX_REFINEMENTS && oldest) this.#tracks.delete(oldest);
    }
    this.#tracks.set(place, tracks);
    let track = tracks.get(region);
    if (!track && tracks.size < MAX_REGIONS) {
      track = new Track();
      tracks.set(region, track);
    }
    return track;
  }
}

/** Whether routing could tell the difference between two states of what was learned. */
export function haveMoved(before: Learned, after: Learned): boolean {
  if (before.size !== after.size) return true;
  for (const [place, row] of after) {
    const old = before.get(place);
    if (!old) return true;
    for (const [id, figure] of Object.entries(row)) if (hasMoved(old[id as keyof LearnedRow], figure)) return true;
  }
  return false;
}

function hasMoved(before: LearnedFigure | undefined, after: LearnedFigure): boolean {
  if (!before) return true;
  if (Math.abs(after.ms - before.ms) > Math.max(MOVED_MS, before.ms * MOVED_PART, before.deviationMs)) return true;
  return before.samples < ENOUGH_SAMPLES && after.samples >= before.samples * EVIDENCE_GREW;
}

function differs(refined: LearnedFigure, own: LearnedFigure | undefined): boolean {
  if (!own || refined.samples < REFINEMENT_SAMPLES) return false;
  const noise = Math.hypot(refined.deviationMs, own.deviationMs) * REFINEMENT_DEVIATIONS;
  return Math.abs(refined.ms - own.ms) > Math.max(REFINEMENT_MS, noise);
}
