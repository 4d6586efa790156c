import { coloOf } from "../../geo/colos.ts";
import type { Place } from "../../geo/place.ts";
import type { LearnedFigure } from "../../table/learned-row.ts";
import type { Snapshot } from "../../table/snapshot.ts";
import { coordinatesOf } from "../coordinates.ts";
import { type Cold, coldEstimator, meanEstimator } from "./cold.ts";
import type { Estimate } from "./estimate.ts";
import { learnedPlacesOf } from "./learned-places.ts";

/** Relative deviation of a figure that an operator has put into the table. */
const TABLE_DEVIATION = 0.1;
/** No clock at the edge tells finer. */
const LEAST_DEVIATION_MS = 0.1;
/** Samples from which on they call into question a guess that they contradict, and from which on they refute it. */
const DOUBT_FROM = 2;
const REFUTED_FROM = 4;

/**
 * Expected round trips to each region, by region index. The first guess is the colo's row in the table, else it is
 * reckoned from the vantages, for where the colo stands. What the edges have learned at the colo, or at its part for
 * the client's network or country, is blended with it by precision, which is how two independent measurements combine
 * (inverse-variance weighting): few samples move the guess, many replace it. A guess that the samples contradict was
 * wrong by as much as they say, and counts as that uncertain; else a cut cable would be half believed for a minute.
 */
export function estimateLatency(snapshot: Snapshot, place: Place): readonly Estimate[] {
  const table = place.colo === null ? undefined : snapshot.table.latency.get(`colo:${place.colo}`);
  const cold = coldOf(snapshot, place);
  const rows = learnedPlacesOf(snapshot.learned, place).flatMap((key) => snapshot.learned.get(key) ?? []);
  return snapshot.regions.map((region): Estimate => {
    const id = region.id as keyof typeof table & keyof (typeof rows)[number];
    const ms = table?.[id];
    const guess: Cold = ms === undefined ? cold(region) : { ms, deviationMs: ms * TABLE_DEVIATION, source: "colo" };
    const figure = rows.find((row) => row[id])?.[id];
    return figure ? blend(guess, figure) : { ...guess, samples: 0 };
  });
}

/**
 * Places of one key have the same estimates, or nearly: the colo where it is known, else half a degree, else the
 * country. Policies that order by the client's own distance need its coordinates beside the colo.
 */
export function placeKey(snapshot: Snapshot, place: Place, byDistance: boolean): string {
  const { colo, latitude, longitude, country, continent } = place;
  const known = colo !== null && (coloOf(colo) !== undefined || snapshot.table.latency.has(`colo:${colo}`));
  const learned = known ? (learnedPlacesOf(snapshot.learned, place)[0] ?? colo) : "";
  if (known && !byDistance && coloOf(colo) !== undefined) return learned;
  // Both, since AF, AS, NA and SA are countries too, and a country without coordinates stands at its continent.
  if (latitude === null || longitude === null) return `${learned} ${country} ${continent}`;
  return `${learned} ${Math.round(latitude * 2)} ${Math.round(longitude * 2)}`;
}

/** The same with nothing learned, here or elsewhere. */
export function guessLatency(snapshot: Snapshot, place: Place): readonly Estimate[] {
  return estimateLatency({ ...snapshot, learned: new Map() }, place);
}

function coldOf(snapshot: Snapshot, place: Place): ReturnType<typeof coldEstimator> {
  const colo = place.colo === null ? undefined : coloOf(place.colo);
  // What the colo has learned itself is blended in later, and must not count twice.
  if (colo) return coldEstimator(snapshot, colo, colo.country, place.colo);
  const from = coordinatesOf(place);
  return from ? coldEstimator(snapshot, from, place.country) : meanEstimator(snapshot);
}

function blend(guess: Cold, figure: LearnedFigure): Estimate {
  const doubt = Math.min(1, Math.max(0, (figure.samples - DOUBT_FROM) / (REFUTED_FROM - DOUBT_FROM)));
  const error = doubt * Math.abs(figure.ms - guess.ms);
  const ofGuess = 1 / Math.max(guess.deviationMs, error) ** 2;
  const ofFigure = 1 / Math.max(figure.deviationMs, LEAST_DEVIATION_MS) ** 2;
  const ms = (guess.ms * ofGuess + figure.ms * ofFigure) / (ofGuess + ofFigure);
  return { ms, deviationMs: Math.sqrt(1 / (ofGuess + ofFigure)), samples: figure.samples, source: "learned" };
}
