import { describe, expect, it } from "vitest";
import { countryOf } from "../../../src/geo/countries.ts";
import { demandPopulation, readRows } from "../../../src/simulation/population.ts";
import { worldPopulation } from "../../../src/simulation/world.ts";
import { testSnapshot, testTable } from "../../fakes/world.ts";

const shop = { services: { shop: { hosts: ["shop.example"], policy: "geo" } } };
const snapshot = testSnapshot(testTable({ patch: shop }));
const read = (...rows: unknown[]) => readRows(rows, "api", [snapshot]);

describe("the people of the world", () => {
  const world = worldPopulation("api");

  it("are 8.16 billion, as the United Nations count them for 2024", () => {
    const total = world.reduce((sum, { weight }) => sum + weight, 0);
    expect(total).toBeGreaterThan(8150);
    expect(total).toBeLessThan(8170);
  });

  it("live in countries that are known, each once", () => {
    const codes = world.map(({ place }) => place.country ?? "");
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.filter((code) => countryOf(code) === undefined)).toEqual([]);
    expect(codes.length).toBeGreaterThan(200);
  });

  it.each([
    ["IN", 1450.9],
    ["US", 345.4],
    ["DE", 84.6],
    ["IS", 0.4],
  ])("%s has %d million", (code, weight) => {
    expect(world.find(({ place }) => place.country === code)?.weight).toBe(weight);
  });
});

describe("rows that somebody wrote", () => {
  it("may name what they know of a place", () => {
    const { rows, bad } = read(
      { country: "DE", colo: "FRA", asn: 3320, weight: 2 },
      { latitude: 0, longitude: 0, weight: 0.5, host: "Shop.Example" },
      { continent: "AF", service: "shop", weight: 1 },
    );
    expect(bad).toEqual([]);
    expect(rows.map(({ target }) => target)).toEqual([
      { kind: "service", id: "api" },
      { kind: "host", host: "shop.example" },
      { kind: "service", id: "shop" },
    ]);
    expect(rows[0]?.place).toEqual({
      country: "DE",
      subdivision: null,
      continent: null,
      latitude: null,
      longitude: null,
      colo: "FRA",
      asn: 3320,
    });
  });

  it.each([
    ["no object", 7, null],
    ["no weight", { country: "DE" }, "weight"],
    ["a weight below 0", { country: "DE", weight: -1 }, "weight"],
    ["a country in small letters", { country: "de", weight: 1 }, "country"],
    ["a country that does not exist", { country: "QQ", weight: 1 }, "country"],
    ["half a point", { latitude: 1, weight: 1 }, null],
    ["no place", { asn: 1, weight: 1 }, null],
    ["a pole beyond the pole", { latitude: 91, longitude: 0, weight: 1 }, "latitude"],
    ["an unknown field", { country: "DE", weight: 1, town: "Bonn" }, "town"],
    ["an unknown service", { country: "DE", weight: 1, service: "mail" }, "service"],
    ["a service and a host", { country: "DE", weight: 1, service: "api", host: "x.example" }, null],
  ])("are refused with %s", (_name, row, field) => {
    const { bad } = read({ country: "DE", weight: 1 }, row);
    expect(bad.map(({ row, field }) => ({ row, field }))).toEqual([{ row: 1, field }]);
  });

  it("are all named that are wrong", () => {
    const { bad } = read({ country: "QQ", weight: -1 }, { country: "DE", weight: 1 }, { colo: "fra", weight: 1 });
    expect(bad.map(({ row, field }) => `${row} ${field}`)).toEqual(["0 country", "0 weight", "2 colo"]);
  });

  it("must name a service where the table has several", () => {
    expect(readRows([{ country: "DE", weight: 1 }], null, [snapshot]).bad).toMatchObject([
      { row: 0, field: "service" },
    ]);
  });

  it("may name a service that only one of the tables has", () => {
    const without = testSnapshot(testTable());
    const rows = [{ country: "DE", weight: 1, service: "shop" }];
    expect(readRows(rows, "api", [without, snapshot]).bad).toEqual([]);
    expect(readRows(rows, "api", [without]).bad).toHaveLength(1);
  });
});

it("reads demand as requests a second", () => {
  const [row] = demandPopulation([{ colo: "FRA", country: null, service: "api", requests: 7200 }], 3600);
  expect(row).toMatchObject({ place: { colo: "FRA", country: null }, target: { id: "api" }, weight: 2 });
});
