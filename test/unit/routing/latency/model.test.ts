import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nowhere, type Place } from "../../../../src/geo/place.ts";
import { coordinatesOf } from "../../../../src/routing/coordinates.ts";
import type { Estimate } from "../../../../src/routing/latency/estimate.ts";
import { estimateLatency, guessLatency, placeKey } from "../../../../src/routing/latency/model.ts";
import type { LearnedFigure } from "../../../../src/table/learned-row.ts";
import type { Snapshot } from "../../../../src/table/snapshot.ts";
import { REGIONS, testSnapshot, testTable } from "../../../fakes/world.ts";

const snapshot = testSnapshot(testTable());
const place = (fields: Partial<Place>): Place => ({ ...nowhere, ...fields });
const at = (latitude: number, longitude: number): Place => place({ latitude, longitude });

const estimates = (where: Place, from: Snapshot = snapshot): Record<string, Estimate> =>
  Object.fromEntries(estimateLatency(from, where).map((estimate, i) => [from.regions[i]?.id ?? "", estimate]));
function fastest(where: Place, from: Snapshot = snapshot): string | undefined {
  const [best] = Object.entries(estimates(where, from)).sort(([, a], [, b]) => a.ms - b.ms);
  return best?.[0];
}

describe("a cold estimate", () => {
  it("at a vantage is what the vantage measured, but for the vantage itself", () => {
    for (const { id: source, region } of snapshot.regions) {
      const reckoned = estimates(at(region.latitude, region.longitude));
      for (const [target, ms] of Object.entries(snapshot.table.latency.get(source) ?? {})) {
        if (target === source) continue;
        const ratio = (reckoned[target]?.ms ?? 0) / ms;
        expect(ratio, `${source} to ${target}`).toBeGreaterThan(0.955);
        expect(ratio, `${source} to ${target}`).toBeLessThan(1.015);
      }
      expect(reckoned[source]?.ms).toBeLessThan(6);
    }
  });

  it("prefers a region for every client within 150 km of it", () => {
    const degrees = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.constantFrom(...snapshot.regions), degrees, degrees, ({ id, region }, north, east) => {
        expect(fastest(at(region.latitude + north, region.longitude + east))).toBe(id);
      }),
    );
  });

  it("is a time anywhere on the globe, at the poles and the antimeridian too", () => {
    const latitudes = fc.double({ min: -90, max: 90, noNaN: true });
    const longitudes = fc.double({ min: -180, max: 180, noNaN: true });
    fc.assert(
      fc.property(latitudes, longitudes, (latitude, longitude) => {
        for (const { ms, source } of estimateLatency(snapshot, at(latitude, longitude))) {
          expect(source).toBe("vantages");
          // The access time at least; light could go half round the Earth in 200 ms, and no measured road is 5 times that.
          expect(ms).toBeGreaterThanOrEqual(3);
          expect(ms).toBeLessThan(1100);
        }
      }),
    );
  });

  it.each([
    ["Honolulu", 21.3, -157.9, "us-west-2"],
    ["Anchorage", 61.2, -149.9, "us-west-2"],
    ["Los Angeles", 34.1, -118.2, "us-west-2"],
    ["Dallas", 32.8, -96.8, "us-east-1"],
    ["Toronto", 43.7, -79.4, "ca-central-1"],
    ["Mexico City", 19.4, -99.1, "us-east-1"],
    ["Bogotá", 4.7, -74.1, "us-east-1"],
    ["Lima", -12, -77, "sa-east-1"],
    ["Buenos Aires", -34.6, -58.4, "sa-east-1"],
    ["Reykjavik", 64.1, -21.9, "eu-west-1"],
    ["Lisbon", 38.7, -9.1, "eu-west-2"],
    ["Paris", 48.9, 2.4, "eu-west-2"],
    ["Rome", 41.9, 12.5, "eu-central-1"],
    ["Stockholm", 59.3, 18.1, "eu-central-1"],
    ["Moscow", 55.8, 37.6, "eu-central-1"],
    ["Istanbul", 41, 29, "eu-central-1"],
    ["Riyadh", 24.7, 46.7, "me-south-1"],
    ["Nairobi", -1.3, 36.8, "me-south-1"],
    ["Johannesburg", -26.2, 28, "af-south-1"],
    ["Delhi", 28.6, 77.2, "ap-south-1"],
    ["Colombo", 6.9, 79.9, "ap-south-1"],
    ["Jakarta", -6.2, 106.8, "ap-southeast-1"],
    ["Hong Kong", 22.3, 114.2, "ap-southeast-1"],
    ["Seoul", 37.6, 127, "ap-northeast-1"],
    ["Taipei", 25, 121.5, "ap-northeast-1"],
    ["Perth", -32, 115.9, "ap-southeast-2"],
    ["Auckland", -36.8, 174.8, "ap-southeast-2"],
    ["Cairo", 30, 31.2, "eu-central-1"],
    ["Tel Aviv", 32.1, 34.8, "eu-central-1"],
    ["Karachi", 24.9, 67, "me-south-1"],
    ["Almaty", 43.2, 76.9, "eu-central-1"],
    ["Novosibirsk", 55, 82.9, "eu-central-1"],
  ])("sends %s where its cables lead", (_, latitude, longitude, region) => {
    expect(fastest(at(latitude, longitude))).toBe(region);
  });

  it("takes a country for its coordinates, and a continent for an unknown country", () => {
    expect(fastest(place({ country: "DE" }))).toBe("eu-central-1");
    expect(fastest(place({ country: "NZ", continent: "OC" }))).toBe("ap-southeast-2");
    expect(fastest(place({ country: "ZZ", continent: "AF" }))).toBe(fastest(place({ continent: "AF" })));
    expect(coordinatesOf(place({ country: "ZZ" }))).toBeNull();
  });

  it("does without a matrix: the distance decides", () => {
    const latency = Object.fromEntries(REGIONS.map((id) => [id, null]));
    const bare = testSnapshot(testTable({ patch: { latency } }));
    expect(fastest(at(50.1, 8.7), bare)).toBe("eu-central-1");
    expect(fastest(at(-36.8, 174.8), bare)).toBe("ap-southeast-2");
  });

  it("does without some measurements of a vantage", () => {
    const holed = testSnapshot(testTable({ patch: { latency: { "eu-central-1": { "us-east-1": null } } } }));
    const ms = estimates(at(50.11, 8.68), holed)["us-east-1"]?.ms ?? 0;
    expect(ms).toBeGreaterThan(80);
    expect(ms).toBeLessThan(125);
  });
});

describe("a measured colo", () => {
  const patch = { latency: { "colo:HNL": { "ap-northeast-1": 60, "us-west-2": 75 } } };
  const measured = testSnapshot(testTable({ patch }));

  it("wins where it has a figure, and leaves the rest to reckoning", () => {
    const where = place({ colo: "HNL", latitude: 21.3, longitude: -157.9 });
    expect(fastest(where, measured)).toBe("ap-northeast-1");
    const all = estimates(where, measured);
    expect(all["us-west-2"]).toEqual({ ms: 75, deviationMs: 7.5, samples: 0, source: "colo" });
    expect(all["ap-southeast-2"]?.source).toBe("vantages");
  });

  it("says nothing about another colo", () => {
    expect(fastest(place({ colo: "LAX", latitude: 21.3, longitude: -157.9 }), measured)).toBe("us-west-2");
  });

  it("needs no coordinates", () => {
    expect(fastest(place({ colo: "HNL" }), measured)).toBe("ap-northeast-1");
  });
});

describe("what was learned at a colo", () => {
  const where = place({ colo: "FRA", country: "DE", asn: 3320 });
  const figure = (ms: number, samples: number, deviationMs: number) => ({ ms, deviationMs, samples, at: 0 });
  const knowing = (learned: Record<string, Record<string, LearnedFigure>>): Snapshot => ({
    ...snapshot,
    learned: new Map(Object.entries(learned)),
  });

  it("replaces the guess the more, the surer it is", () => {
    const guess = estimates(where)["us-east-1"] as Estimate;
    const unsure = estimates(where, knowing({ FRA: { "us-east-1": figure(150, 1, guess.deviationMs) } }))["us-east-1"];
    expect(unsure).toMatchObject({ samples: 1, source: "learned" });
    expect(unsure?.ms).toBeCloseTo((guess.ms + 150) / 2);
    const sure = estimates(where, knowing({ FRA: { "us-east-1": figure(150, 50, 0.5) } }))["us-east-1"];
    expect(sure?.ms).toBeGreaterThan(149.8);
    expect(sure?.deviationMs).toBeLessThan(0.5);
  });

  it("refutes a guess that it contradicts, unless there are hardly any samples", () => {
    const slow = (samples: number) => knowing({ FRA: { "eu-central-1": figure(304, samples, 5) } });
    expect(estimates(where, slow(4))["eu-central-1"]?.ms).toBeGreaterThan(303);
    expect(estimates(where, slow(2))["eu-central-1"]?.ms).toBeLessThan(50);
  });

  it("counts once, though a colo is a vantage too", () => {
    const { ms, deviationMs } = estimates(where)["us-east-1"] as Estimate;
    const slower = figure(ms + deviationMs, 50, deviationMs);
    const blended = estimates(where, knowing({ FRA: { "us-east-1": slower } }))["us-east-1"];
    expect(blended?.ms).toBeCloseTo(ms + deviationMs / 2, 0);
  });

  it("has no part in the guess", () => {
    const guesses = guessLatency(knowing({ FRA: { "us-east-1": figure(150, 50, 0.5) } }), where);
    expect(guesses).toEqual(estimateLatency(snapshot, where));
  });

  it("is nothing to a colo far from it, but something to its neighbour", () => {
    const slow = knowing({ FRA: { "us-east-1": figure(300, 50, 0.5) } });
    expect(estimates(place({ colo: "NRT" }), slow)["us-east-1"]?.ms).toBeLessThan(200);
    const neighbour = estimates(place({ colo: "STR" }), slow)["us-east-1"] as Estimate;
    expect(neighbour.ms).toBeGreaterThan(140);
    expect(neighbour.source).toBe("vantages");
  });

  it("is taken from the client's network, else its country, where they differ", () => {
    const from = (row: number) => ({ "us-east-1": figure(row, 50, 0.1) });
    const all = { FRA: from(95), "FRA/DE": from(120), "FRA/AS3320": from(200) };
    expect(estimates(where, knowing(all))["us-east-1"]?.ms).toBeCloseTo(200, 0);
    expect(estimates({ ...where, asn: 1 }, knowing(all))["us-east-1"]?.ms).toBeCloseTo(120, 0);
    expect(estimates({ ...where, asn: 1, country: "FR" }, knowing(all))["us-east-1"]?.ms).toBeCloseTo(95, 0);
    const keys = [where, { ...where, asn: 1 }, { ...where, asn: 1, country: "FR" }];
    expect(new Set(keys.map((each) => placeKey(knowing(all), each, false))).size).toBe(3);
  });
});

describe("an unknown place", () => {
  it("is estimated by the mean from all vantages", () => {
    const rows = [...snapshot.table.latency.values()];
    const all = estimates(nowhere);
    for (const id of REGIONS) {
      const figures = rows.map((row) => row[id as keyof typeof row] ?? Number.NaN);
      expect(all[id]?.source).toBe("mean");
      expect(all[id]?.ms).toBeCloseTo(figures.reduce((sum, figure) => sum + figure, 0) / figures.length, 6);
    }
    expect(fastest(nowhere)).toBe("eu-west-1");
  });
});

describe("the key of a place", () => {
  it.each([
    ["half a degree away", at(50.1, 8.7), at(50.7, 8.7), false],
    ["a stone's throw away", at(50.1, 8.7), at(50.12, 8.71), true],
    ["north and south", at(10, 8), at(-10, 8), false],
    ["either name of zero", at(0.1, 0.1), at(-0.1, -0.1), true],
    ["the same country, unlocated", place({ country: "DE" }), place({ country: "DE", subdivision: "HE" }), true],
    ["Namibia and North America", place({ country: "NA" }), place({ continent: "NA" }), false],
    ["Saudi Arabia and South America", place({ country: "SA" }), place({ continent: "SA" }), false],
    ["American Samoa and Asia", place({ country: "AS" }), place({ continent: "AS" }), false],
    ["Afghanistan and Africa", place({ country: "AF" }), place({ continent: "AF" }), false],
    [
      "an unlisted country on two continents",
      place({ country: "ZZ", continent: "EU" }),
      place({ country: "ZZ", continent: "AS" }),
      false,
    ],
    ["a country and nowhere", place({ country: "DE" }), nowhere, false],
    ["a colo that nobody knows", place({ colo: "XXX" }), nowhere, true],
    ["two clients of one colo", place({ colo: "FRA", country: "DE" }), place({ colo: "FRA", country: "FR" }), true],
    ["two colos", place({ colo: "FRA" }), place({ colo: "AMS" }), false],
  ])("%s", (_, a, b, same) => {
    expect(placeKey(snapshot, a, false) === placeKey(snapshot, b, false)).toBe(same);
  });

  it("places of one key have nearly the same estimates", () => {
    const located = fc.record({
      latitude: fc.double({ min: -60, max: 70, noNaN: true }),
      longitude: fc.double({ min: -179, max: 179, noNaN: true }),
    });
    const nudge = fc.double({ min: -0.5, max: 0.5, noNaN: true });
    fc.assert(
      fc.property(located, nudge, nudge, ({ latitude, longitude }, north, east) => {
        const [a, b] = [at(latitude, longitude), at(latitude + north, longitude + east)];
        fc.pre(placeKey(snapshot, a, false) === placeKey(snapshot, b, false));
        const others = estimateLatency(snapshot, b);
        // Half a degree is 56 km at most each way, below 3 ms on any road.
        estimateLatency(snapshot, a).forEach(({ ms }, i) => {
          expect(Math.abs(ms - (others[i]?.ms ?? 0))).toBeLessThan(6);
        });
      }),
    );
  });

  it("keeps the client's coordinates for policies that go by them", () => {
    const [hamburg, munich] = [at(53.5, 10), at(48.1, 11.6)].map((client) => ({ ...client, colo: "FRA" }));
    expect(placeKey(snapshot, hamburg as Place, false)).toBe(placeKey(snapshot, munich as Place, false));
    expect(placeKey(snapshot, hamburg as Place, true)).not.toBe(placeKey(snapshot, munich as Place, true));
  });

  it("a measured colo is a key of its own", () => {
    const measured = testSnapshot(testTable({ patch: { latency: { "colo:XXX": { "us-west-2": 75 } } } }));
    expect(placeKey(measured, place({ colo: "XXX" }), false)).not.toBe(placeKey(measured, nowhere, false));
  });
});
