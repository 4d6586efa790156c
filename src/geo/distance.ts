/** A point on the sphere. Degrees, WGS 84; longitudes may be given to either side of the antimeridian. */
export interface Point {
  readonly latitude: number;
  readonly longitude: number;
}

/** The mean radius of the Earth, (2a + b) / 3 of the GRS 80 ellipsoid (IUGG; H. Moritz, J. Geodesy 74, 2000). */
export const EARTH_RADIUS_KM = 6371.0088;

/**
 * Great-circle distance in kilometres, 0 to 20,015.1, by the haversine formula (R. W. Sinnott, "Virtues of the
 * Haversine", Sky and Telescope 68(2), 1984). The sphere is within 0.6 % of the ellipsoid. Near points do not
 * lose digits, as they do with the law of cosines; the antimeridian and the poles need no special case, since
 * sin² has a period of 180° and longitude weighs nothing at a pole.
 */
export function distanceKm(from: Point, to: Point): number {
  const sinLatitude = Math.sin(radians(to.latitude - from.latitude) / 2);
  const sinLongitude = Math.sin(radians(to.longitude - from.longitude) / 2);
  const haversine =
    sinLatitude * sinLatitude +
    Math.cos(radians(from.latitude)) * Math.cos(radians(to.latitude)) * sinLongitude * sinLongitude;
  // Rounding can carry the haversine of antipodes past 1, where the arc sine has no value.
  return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(haversine)));
}

/**
 * The shortest round trip in milliseconds over a straight fibre of this length: 2 · km · n / c, with c exact
 * (SI) and n = 1.468, the group index of single-mode fibre at 1550 nm (ITU-T G.652 fibre; Corning SMF-28 Ultra
 * product information gives 1.4682). About 204 km a millisecond, one way. Real paths take 1.5 to 3 times as long.
 */
export function fibreRoundTripMs(km: number): number {
  return (2 * km) / FIBRE_KM_PER_MS;
}

/** The round trip that physics allows at best: in a vacuum along the great circle. Milliseconds. */
export function lightRoundTripMs(km: number): number {
  return (2 * km) / LIGHT_KM_PER_MS;
}

const LIGHT_KM_PER_MS = 299.792_458;
const FIBRE_GROUP_INDEX = 1.468;
const FIBRE_KM_PER_MS = LIGHT_KM_PER_MS / FIBRE_GROUP_INDEX;

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
