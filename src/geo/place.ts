/** Two-letter continent codes as Cloudflare's `request.cf.continent` has them. */
export type Continent = "AF" | "AN" | "AS" | "EU" | "NA" | "OC" | "SA";

/** Where a client is, as far as it is known. Any part may be missing. */
export interface Place {
  /** ISO 3166-1 alpha-2, upper case; never `XX` (unknown) or `T1` (Tor), which are `null`. */
  readonly country: string | null;
  /** The part of ISO 3166-2 after the hyphen, such as `CA` for California. */
  readonly subdivision: string | null;
  readonly continent: Continent | null;
  /** Degrees, WGS 84; both or neither. */
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** The three-letter code of the Cloudflare data centre that took the request. */
  readonly colo: string | null;
  readonly asn: number | null;
}

export const nowhere: Place = {
  country: null,
  subdivision: null,
  continent: null,
  latitude: null,
  longitude: null,
  colo: null,
  asn: null,
};
