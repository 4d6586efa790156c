import type { Place } from "../../geo/place.ts";
import type { Learned } from "../../table/learned-row.ts";

/** Colos at which a network or a country was found to differ, by what was learned; most have none. */
const refinedColos = new WeakMap<Learned, ReadonlySet<string>>();

/** The names under which something was learned for a place, the most special first. */
export function learnedPlacesOf(learned: Learned, { colo, asn, country }: Place): string[] {
  if (colo === null || learned.size === 0) return [];
  const places = learned.has(colo) ? [colo] : [];
  let refined = refinedColos.get(learned);
  if (!refined) {
    refined = new Set([...learned.keys()].filter((key) => key.includes("/")).map((key) => key.slice(0, 3)));
    refinedColos.set(learned, refined);
  }
  if (!refined.has(colo)) return places;
  return [`${colo}/AS${asn}`, `${colo}/${country}`].filter((key) => learned.has(key)).concat(places);
}
