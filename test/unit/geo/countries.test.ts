import { describe, expect, it } from "vitest";
import { continentCentre, countryOf } from "../../../src/geo/countries.ts";
import { distanceKm } from "../../../src/geo/distance.ts";
import type { Continent } from "../../../src/geo/place.ts";

const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
const pairs = letters.flatMap((first) => letters.map((second) => first + second));
const continents: readonly Continent[] = ["AF", "AN", "AS", "EU", "NA", "OC", "SA"];

describe("countryOf", () => {
  it("knows every code that ICU knows, but for those that ISO 3166-1 does not assign", () => {
    // Reserved (AC, CP, CQ, DG, EA, EU, EZ, IC, TA, UN), withdrawn (AN, …) and private-use codes.
    const notCountries = new Set(
      "AC AN BU CP CQ CS DD DG DY EA EU EZ FX HV IC NH QO QU RH SU TA TP UK UN VD XA XB YD YU ZR ZZ".split(" "),
    );
    const names = new Intl.DisplayNames("en", { type: "region", fallback: "none" });
    const expected = pairs.filter((code) => names.of(code) !== undefined && !notCountries.has(code));
    expect(pairs.filter((code) => countryOf(code) !== undefined)).toEqual(expected);
    expect(expected).toHaveLength(250);
  });

  it.each([
    ["Germany, Frankfurt", "DE", "EU", 50.11, 8.68, 150],
    ["Egypt, Cairo", "EG", "AF", 30.04, 31.24, 100],
    ["United States, the Census Bureau's centre of population of 2020", "US", "NA", 37.4, -92.3, 250],
    ["Australia, Melbourne", "AU", "OC", -37.8, 145, 600],
    ["Fiji, across the antimeridian", "FJ", "OC", -18.1, 178.4, 100],
    ["Kiribati, Tarawa", "KI", "OC", 1.3, 173, 400],
    ["Russia, the Volga", "RU", "EU", 55.8, 49.1, 400],
    ["Turkey, Ankara", "TR", "AS", 39.9, 32.9, 150],
    ["Singapore", "SG", "AS", 1.35, 103.82, 10],
    ["Kosovo, user-assigned", "XK", "EU", 42.66, 21.16, 60],
  ])("%s", (_, code, continent, latitude, longitude, withinKm) => {
    const country = countryOf(code);
    expect(country?.continent).toBe(continent);
    expect(country && distanceKm(country, { latitude, longitude })).toBeLessThan(withinKm);
  });

  it.each(["XX", "T1", "ZZ", "UK", "de", "", "AF0", "EUR"])("does not know %j", (code) => {
    expect(countryOf(code)).toBeUndefined();
  });

  it("gives every country a point on the globe with at most one decimal", () => {
    for (const code of pairs) {
      const country = countryOf(code);
      if (!country) continue;
      expect(Math.abs(country.latitude), code).toBeLessThanOrEqual(90);
      expect(Math.abs(country.longitude), code).toBeLessThanOrEqual(180);
      expect(Number(country.latitude.toFixed(1)), code).toBe(country.latitude);
      expect(Number(country.longitude.toFixed(1)), code).toBe(country.longitude);
    }
  });
});

describe("continentCentre", () => {
  it.each(continents)("%s lies within reach of its countries", (continent) => {
    const centre = continentCentre(continent);
    const reached = pairs.flatMap((code) => countryOf(code) ?? []).filter((country) => country.continent === continent);
    expect(reached.length).toBeGreaterThan(4);
    for (const country of reached) expect(distanceKm(centre, country)).toBeLessThan(9000);
  });
});
