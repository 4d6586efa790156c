import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { distanceKm, EARTH_RADIUS_KM, fibreRoundTripMs, type Point } from "../../../src/geo/distance.ts";

const halfTurnKm = Math.PI * EARTH_RADIUS_KM;
const toleranceKm = 1e-3;

const at = (latitude: number, longitude: number): Point => ({ latitude, longitude });
const latitudes = fc.double({ min: -90, max: 90, noNaN: true });
const longitudes = fc.double({ min: -180, max: 180, noNaN: true });
const points = fc.record({ latitude: latitudes, longitude: longitudes });

/** The twin: the angle between unit vectors, by the arc tangent of their cross and dot product. */
function vectorKm(from: Point, to: Point): number {
  const [ax, ay, az] = vector(from);
  const [bx, by, bz] = vector(to);
  const cross = Math.hypot(ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx);
  return EARTH_RADIUS_KM * Math.atan2(cross, ax * bx + ay * by + az * bz);
}

function vector({ latitude, longitude }: Point): readonly [number, number, number] {
  const [phi, lambda] = [(latitude * Math.PI) / 180, (longitude * Math.PI) / 180];
  return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)];
}

describe("distanceKm", () => {
  it.each([
    ["one place", at(48.9, 2.4), at(48.9, 2.4), 0],
    ["a degree of a meridian", at(0, 0), at(1, 0), 111.195],
    ["a degree across the antimeridian", at(0, 179.5), at(0, -179.5), 111.195],
    ["both names of the antimeridian", at(12, 180), at(12, -180), 0],
    ["a pole under two longitudes", at(90, 10), at(90, -170), 0],
    ["pole to pole", at(90, 0), at(-90, 0), halfTurnKm],
    ["antipodes", at(40, 30), at(-40, -150), halfTurnKm],
    ["over the north pole", at(80, 0), at(80, 180), 2223.901],
    // Rosetta Code's example, 2887.260 km on its radius of 6372.8 km, brought to ours.
    ["Nashville to Los Angeles", at(36.12, -86.67), at(33.94, -118.4), 2886.448],
  ])("%s", (_, from, to, km) => {
    expect(Math.abs(distanceKm(from, to) - km)).toBeLessThan(0.001);
  });

  it("agrees with the angle between vectors", () => {
    fc.assert(
      fc.property(points, points, (a, b) => Math.abs(distanceKm(a, b) - vectorKm(a, b)) < toleranceKm),
      { numRuns: 2000 },
    );
  });

  it("is the same in both directions, from 0 to half a turn, and 0 to itself", () => {
    fc.assert(
      fc.property(points, points, (a, b) => {
        const km = distanceKm(a, b);
        expect(km).toBe(distanceKm(b, a));
        expect(km).toBeGreaterThanOrEqual(0);
        expect(km).toBeLessThanOrEqual(halfTurnKm);
        expect(distanceKm(a, a)).toBe(0);
      }),
    );
  });

  it("obeys the triangle inequality", () => {
    fc.assert(
      fc.property(
        points,
        points,
        points,
        (a, b, c) => distanceKm(a, c) <= distanceKm(a, b) + distanceKm(b, c) + toleranceKm,
      ),
      { numRuns: 2000 },
    );
  });

  it("does not change when the globe is turned, across the antimeridian too", () => {
    const turned = (point: Point, degrees: number): Point => {
      const longitude = point.longitude + degrees;
      return at(point.latitude, longitude > 180 ? longitude - 360 : longitude);
    };
    fc.assert(
      fc.property(points, points, fc.double({ min: 0, max: 360, noNaN: true }), (a, b, degrees) => {
        expect(Math.abs(distanceKm(a, b) - distanceKm(turned(a, degrees), turned(b, degrees)))).toBeLessThan(
          toleranceKm,
        );
      }),
    );
  });
});

describe("fibreRoundTripMs", () => {
  it.each([
    ["nothing", 0, 0],
    ["across a city", 100, 0.979],
    ["Virginia to Frankfurt", 6547, 64.117],
    ["half the globe", 20_015.1, 196.016],
  ])("%s", (_, km, ms) => {
    expect(fibreRoundTripMs(km)).toBeCloseTo(ms, 2);
  });
});
