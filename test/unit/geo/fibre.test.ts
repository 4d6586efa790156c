import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coloCodes, coloNear, coloOf } from "../../../src/geo/colos.ts";
import { countryOf } from "../../../src/geo/countries.ts";
import { distanceKm, type Point } from "../../../src/geo/distance.ts";
import { CableNetwork, fibreRoadsFrom, mainCables } from "../../../src/geo/fibre.ts";

const colo = (code: string): Point => coloOf(code) as Point;
const point = fc.record({
  latitude: fc.double({ min: -90, max: 90, noNaN: true }),
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
});

describe("colos", () => {
  it("stand in a known country, near to its people or at least on its side of the globe", () => {
    const codes = [...coloCodes()];
    expect(codes.length).toBeGreaterThan(330);
    for (const code of codes) {
      const { country } = coloOf(code) ?? { country: "" };
      const centre = countryOf(country);
      expect(centre, `${code} in ${country}`).toBeDefined();
      expect(distanceKm(colo(code), centre as Point), code).toBeLessThan(7500);
    }
  });
});

describe("coloNear", () => {
  it.each([
    ["Virginia", { latitude: 38.95, longitude: -77.45 }, "IAD"],
    ["Fiji, across the antimeridian from Samoa", { latitude: -17.5, longitude: 180.2 }, "SUV"],
  ])("of %s", (_, place, expected) => {
    expect(coloNear(place)).toBe(expected);
  });

  it("has none that is nearer", () => {
    fc.assert(
      fc.property(point, (place) => {
        const least = distanceKm(place, colo(coloNear(place)));
        for (const code of coloCodes()) expect(distanceKm(place, colo(code))).toBeGreaterThanOrEqual(least);
      }),
    );
  });
});

describe("roads of fibre", () => {
  it("are no shorter than the great circle, and a road of a known length anywhere", () => {
    fc.assert(
      fc.property(point, point, (a, b) => {
        const km = fibreRoadsFrom(a)(b);
        expect(km).toBeGreaterThanOrEqual(distanceKm(a, b) - 1e-6);
        expect(km).toBeLessThan(45_000);
      }),
    );
  });

  it("are as long there as back", () => {
    fc.assert(
      fc.property(point, point, (a, b) => {
        expect(fibreRoadsFrom(a)(b)).toBeCloseTo(fibreRoadsFrom(b)(a), 6);
      }),
    );
  });

  it.each([
    ["Cape Town and São Paulo", "CPT", "GRU", 2],
    ["Almaty and Mumbai", "ALA", "BOM", 3],
    ["Johannesburg and Perth", "JNB", "PER", 1.7],
  ])("%s have a long way round", (_, a, b, times) => {
    expect(fibreRoadsFrom(colo(a))(colo(b)) / distanceKm(colo(a), colo(b))).toBeGreaterThan(times);
  });

  it.each([
    ["New York and London", "EWR", "LHR"],
    ["Singapore and Chennai", "SIN", "MAA"],
    ["Los Angeles and Tokyo", "LAX", "NRT"],
  ])("%s have a cable", (_, a, b) => {
    expect(fibreRoadsFrom(colo(a))(colo(b)) / distanceKm(colo(a), colo(b))).toBeLessThan(1.02);
  });

  it("lead from everywhere to everywhere, by junctions that exist", () => {
    const cables = mainCables();
    expect(cables.length).toBeGreaterThan(200);
    const reached = new Set(["FRA"]);
    for (let before = 0; before < reached.size; ) {
      before = reached.size;
      for (const { between } of cables)
        if (between.some((code) => reached.has(code))) for (const code of between) reached.add(code);
    }
    expect(cables.flatMap(({ between }) => between).filter((code) => !reached.has(code))).toEqual([]);
  });

  it("are the shortest: as a search by brute force finds them", () => {
    const codes = ["FRA", "AMS", "LHR", "EWR", "IAD", "MIA"];
    const edge = fc.record({
      between: fc.tuple(fc.constantFrom(...codes), fc.constantFrom(...codes)),
      km: fc.integer({ min: 1, max: 20_000 }),
    });
    fc.assert(
      fc.property(fc.array(edge, { minLength: 1, maxLength: 12 }), (cables) => {
        const used = [...new Set(cables.flatMap(({ between }) => between))];
        const ways = new Map(used.map((code) => [code, new Map([[code, 0]])]));
        for (const _ of used)
          for (const { between, km } of cables)
            for (const [a, b] of [between, [between[1], between[0]] as const])
              for (const row of ways.values()) {
                const sum = (row.get(a) ?? Number.POSITIVE_INFINITY) + km;
                if (sum < (row.get(b) ?? Number.POSITIVE_INFINITY)) row.set(b, sum);
              }
        const network = new CableNetwork(cables);
        const near = (from: Point) =>
          used
            .map((code) => ({ code, km: distanceKm(from, colo(code)) }))
            .sort((a, b) => a.km - b.km)
            .slice(0, 3)
            .filter(({ km }, _i, [first]) => km <= 2 * (first?.km ?? 0) + 300);
        for (const a of used) {
          for (const b of used) {
            const straight = distanceKm(colo(a), colo(b));
            const roads = near(colo(a)).flatMap((entry) =>
              near(colo(b)).map(
                (exit) => entry.km + (ways.get(entry.code)?.get(exit.code) ?? Number.POSITIVE_INFINITY) + exit.km,
              ),
            );
            const shortest = Math.min(...roads);
            const expected =
              straight <= 400 || shortest === Number.POSITIVE_INFINITY ? straight : Math.max(straight, shortest);
            expect(network.roadsFrom(colo(a))(colo(b))).toBeCloseTo(expected, 6);
          }
        }
      }),
    );
  });
});
