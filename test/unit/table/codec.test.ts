import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeEntity, decodeTable, encodeTable } from "../../../src/table/codec.ts";
import { emptyTable, type Health, type PublishedTable } from "../../../src/table/table.ts";
import { rule, seeded, tableOf } from "./tables.ts";

const health: Health = new Map([
  [
    "use1-a",
    {
      status: "up",
      since: 1,
      checkedAt: 2,
      latencyMs: 1.5,
      load: { cpu: 0.1, memory: 0.2, disk: 0.3, network: 0.4, inFlight: 0.5 },
      recoveredAt: null,
      vantage: "local",
      detail: "200",
    },
  ],
]);
const published: PublishedTable = { epoch: 7, table: seeded, health, learned: new Map() };
const text = encodeTable(published);

describe("decodeTable", () => {
  it("reads what encodeTable wrote", () => {
    expect(decodeTable(text)).toEqual({ ok: true, value: published });
    expect(
      decodeTable(encodeTable({ epoch: 0, table: emptyTable, health: new Map(), learned: new Map() })),
    ).toMatchObject({ ok: true });
  });

  it.each<[string, (text: string) => string]>([
    ["a field of a header", (text) => text.replace('"epoch":7', '"epoch":7,"written":"later"')],
    ["a field of an entity", (text) => text.replace('"kind":"latency",', '"kind":"latency","spread":3,')],
    ["a field within a field", (text) => text.replace('"kind":"client-address"', '"kind":"client-address","salt":1')],
    ["an object of an entity", (text) => text.replaceAll('"weight":100', '"weight":100,"limits":{"a":[1]}')],
    ["a field of a verdict", (text) => text.replace('"vantage":"local"', '"vantage":"local","hops":3')],
    ["a field of a load", (text) => text.replace('"cpu":0.1', '"cpu":0.1,"gpu":0.2')],
    ["a line", (text) => `${text}\nmoons\t[["phobos",{}]]`],
    ["a line in between, and an empty one", (text) => text.replace("\n", "\nsigned by nobody\n\n")],
  ])("passes over %s that it does not know", (_, newer) => {
    expect(newer(text)).not.toBe(text);
    expect(decodeTable(newer(text))).toEqual({ ok: true, value: published });
  });

  it.each<[string, (text: string) => string, string]>([
    ["nothing", () => "", "header"],
    ["no JSON", () => "<html>", "header"],
    ["another version", (text) => text.replace('"version":1', '"version":2'), "header"],
    ["no epoch", (text) => text.replace('"epoch":7', '"time":7'), "header"],
    ["an epoch that is no integer", (text) => text.replace('"epoch":7', '"epoch":7.5'), "header"],
    ["no regions", (text) => text.replace("\nregions\t", "\nplaces\t"), "regions: the line is missing"],
    ["no health", (text) => text.replace("\nhealth\t", "\nfever\t"), "health: the line is missing"],
    ["a line cut off", (text) => text.slice(0, -1), "learned: expected an array"],
    ["pairs that are none", (text) => text.replace("\nallowlist\t[]", '\nallowlist\t[["10.0.0.1/32"],7]'), "allowlist"],
    [
      "an object for a section",
      (text) => text.replace("\nblacklist\t[]", "\nblacklist\t{}"),
      "blacklist: expected an array",
    ],
    [
      "an id that is no text",
      (text) => text.replace("\nblacklist\t[]", "\nblacklist\t[[1,{}]]"),
      "blacklist: expected pairs",
    ],
    ["an entity without a field", (text) => text.replace('"country":"US",', ""), "regions/us-east-1: ✖ Invalid input"],
    ["a field out of range", (text) => text.replace('"latitude":38.95', '"latitude":389.5'), "regions/us-east-1"],
    ["a policy of an unknown kind", (text) => text.replace('"kind":"geo"', '"kind":"lunar"'), "policies/geo"],
  ])("refuses %s", (_, broken, error) => {
    expect(broken(text)).not.toBe(text);
    const read = decodeTable(broken(text));
    expect(read.ok ? "read" : read.error).toContain(error);
  });

  it("never throws, whatever is done to the text", () => {
    const damage = fc.tuple(fc.nat(text.length), fc.nat(40), fc.string({ maxLength: 5 }));
    fc.assert(
      fc.property(fc.array(damage, { maxLength: 3 }), (damages) => {
        let damaged = text;
        for (const [at, cut, put] of damages) damaged = damaged.slice(0, at) + put + damaged.slice(at + cut);
        const read = decodeTable(damaged);
        return read.ok || read.error.length > 0;
      }),
    );
    fc.assert(fc.property(fc.string(), (nonsense) => !decodeTable(nonsense).ok));
  });

  it("gives the same maps for sections that did not change", () => {
    const one = decodeTable(text);
    const two = decodeTable(
      encodeTable({
        epoch: 8,
        table: tableOf(seeded, { blacklist: { "10.0.0.1/32": rule() } }),
        health,
        learned: new Map(),
      }),
    );
    if (!one.ok || !two.ok) throw new Error("not read");
    expect(two.value.table.regions).toBe(one.value.table.regions);
    expect(two.value.table.blacklist).not.toBe(one.value.table.blacklist);
    expect([...two.value.table.blacklist.keys()]).toEqual(["10.0.0.1/32"]);
  });

  it("is not fooled by names that objects inherit, nor by text with tabs and line ends", () => {
    const patch = {
      policies: { constructor: { kind: "geo" } },
      blacklist: { "10.0.0.1/32": { ...rule(), reason: "tab\tand\nline end \u2028 \ud800" } },
    };
    const table = tableOf(seeded, patch);
    expect(decodeTable(encodeTable({ epoch: 1, table, health, learned: new Map() }))).toMatchObject({
      ok: true,
      value: { table },
    });
  });
});

describe("decodeEntity", () => {
  it("fills in what an older version did not write", () => {
    const read = decodeEntity("backends", { region: "us-east-1", url: "http://127.0.0.1:1" });
    expect(read).toMatchObject({ ok: true, value: { weight: 100, loadPath: "/load" } });
  });

  it.each([null, 7, "text", [], { region: 1 }])("refuses %j", (stored) => {
    expect(decodeEntity("backends", stored).ok).toBe(false);
  });
});
