import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { plainZone } from "../../../src/geodns/plain-records.ts";
import { recordSetSchema } from "../../../src/table/record-set.ts";

type NewSet = z.input<typeof recordSetSchema>;

const limits = {
  types: new Set(["A", "CNAME", "MX", "NS", "TXT"]),
  minTtlSeconds: 60,
  maxTtlSeconds: 86_400,
};
const plain = (id: string, set: NewSet) =>
  plainZone("a.io", { ttlSeconds: 300 }, new Map([[id, recordSetSchema.parse(set)]]), limits);

const targets = { b: { values: ["192.0.2.2"] }, a: { values: ["192.0.2.1", "192.0.2.9"] } };

describe("a record set in a plain zone", () => {
  it.each<[string, string, NewSet, string[]]>([
    [
      "has its values",
      "x.a.io/A",
      { values: ["192.0.2.1", "192.0.2.2"] },
      ["x.a.io A 192.0.2.1", "x.a.io A 192.0.2.2"],
    ],
    ["has each value once", "x.a.io/MX", { values: ["10 M.a.io.", "10 m.a.io"] }, ["x.a.io MX 10 m.a.io"]],
    ["has the apex's alias as a CNAME", "a.io/ALIAS", { values: ["b.example."] }, ["a.io CNAME b.example"]],
    ["leaves the apex its own name servers", "a.io/NS", { values: ["ns.a.io."] }, []],
    ["has those of a child", "c.a.io/NS", { values: ["ns.c.example."] }, ["c.a.io NS ns.c.example"]],
    ["leaves out what the provider has not", "x.a.io/TYPE65280", { values: ["\\# 1 00"] }, []],
    [
      "has the default of geolocation",
      "x.a.io/A",
      {
        policy: {
          kind: "geolocation",
          countries: { DE: { values: ["192.0.2.3"] } },
          default: { values: ["192.0.2.1"] },
        },
      },
      ["x.a.io A 192.0.2.1"],
    ],
    [
      "has the first of failover",
      "x.a.io/A",
      { policy: { kind: "failover", order: ["b", "a"], targets } },
      ["x.a.io A 192.0.2.2"],
    ],
    [
      "has the heaviest of weighted",
      "x.a.io/A",
      {
        policy: {
          kind: "weighted",
          targets: { a: { values: ["192.0.2.1"], weight: 10 }, b: { values: ["192.0.2.2"], weight: 90 } },
        },
      },
      ["x.a.io A 192.0.2.2"],
    ],
    [
      "has all of latency",
      "x.a.io/A",
      { policy: { kind: "latency", targets } },
      ["x.a.io A 192.0.2.1", "x.a.io A 192.0.2.9", "x.a.io A 192.0.2.2"],
    ],
    [
      "has as many of multivalue as it answers",
      "x.a.io/A",
      { policy: { kind: "multivalue", maxValues: 1, targets } },
      ["x.a.io A 192.0.2.1"],
    ],
    [
      "has one name where there can be one",
      "x.a.io/CNAME",
      { policy: { kind: "latency", targets: { b: { values: ["b.example."] }, a: { values: ["a.example."] } } } },
      ["x.a.io CNAME a.example"],
    ],
  ])("%s", (_name, id, set, expected) => {
    expect(plain(id, set).records.map(({ name, type, value }) => `${name} ${type} ${value}`)).toEqual(expected);
  });

  it.each<[string, NewSet, number, string[]]>([
    ["the zone's TTL", { values: ["192.0.2.1"] }, 300, []],
    ["a TTL of its own", { values: ["192.0.2.1"], ttlSeconds: 120 }, 120, []],
    [
      "no TTL shorter than the provider's",
      { values: ["192.0.2.1"], ttlSeconds: 5 },
      60,
      ["its TTL is 60 s there, not 5 s"],
    ],
    ["none longer", { values: ["192.0.2.1"], ttlSeconds: 90_000 }, 86_400, ["its TTL is 86400 s there, not 90000 s"]],
  ])("has %s", (_name, set, ttlSeconds, notes) => {
    const zone = plain("x.a.io/A", set);
    expect(zone.records).toMatchObject([{ ttlSeconds }]);
    expect(zone.notes.map(({ detail }) => detail)).toEqual(notes);
  });
});
