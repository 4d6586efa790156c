import { continentCentre, countryOf } from "../geo/countries.ts";
import type { Point } from "../geo/distance.ts";
import type { Place } from "../geo/place.ts";

/** The best coordinates for a place: its own, else its country's, else its continent's; `null` when unknown. */
export function coordinatesOf(place: Place): Point | null {
  if (place.latitude !== null && place.longitude !== null) {
    return { latitude: place.latitude, longitude: place.longitude };
  }
  const country = place.country === null ? undefined : countryOf(place.country);
  return country ?? (place.continent === null ? null : continentCentre(place.continent));
}
