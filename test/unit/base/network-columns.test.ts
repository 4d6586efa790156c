import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  columnsOf,
  countOf,
  type Entry,
  emptyColumns,
  mergeColumns,
  type NetworkColumns,
} from "../../../src/base/network-columns.ts";
import { NetworkSet } from "../../../src/base/network-set.ts";
import { atOnce } from "../../../src/base/sliced.ts";
import { cidr, cidrs } from "./networks.ts";

const entries = fc.array(fc.tuple(cidrs, fc.nat(9)).map(([cidr, endsAt]): Entry => ({ cidr, endsAt })));
const byText = (list: readonly Entry[]) => new Map(list.map((entry) => [entry.cidr.text, entry]));

describe("columns of networks", () => {
  it("hold each network once, the last given, whatever the order", () => {
    fc.assert(
      fc.property(entries, (list) => {
        const columns = columnsOf(list);
        expect(countOf(columns)).toBe(byText(list).size);
        expect(columns).toEqual(columnsOf([...byText(list).values()].reverse()));
        expect(atOnce(NetworkSet.of(columns))?.size).toBe(countOf(columns));
      }),
    );
  });

  it("merge to the columns of what a map would hold", () => {
    fc.assert(
      fc.property(entries, entries, entries, (base, put, drop) => {
        const kept = drop.filter(({ cidr }) => !byText(put).has(cidr.text));
        const twin = byText(base);
        for (const { cidr } of kept) twin.delete(cidr.text);
        for (const entry of put) twin.set(entry.cidr.text, entry);
        const merged = atOnce(mergeColumns(columnsOf(base), columnsOf(put), columnsOf(kept)));
        expect(merged).toEqual(columnsOf(twin.values()));
      }),
      { numRuns: 300 },
    );
  });

  it("are the same when nothing changes", () => {
    const columns = columnsOf([{ cidr: cidr("10.0.0.0/8"), endsAt: 1 }]);
    expect(atOnce(mergeColumns(columns, emptyColumns, emptyColumns)).v4).toBe(columns.v4);
  });

  const two = () =>
    columnsOf(["10.0.0.0/8", "11.0.0.0/8", "2001::/16", "2002::/33"].map((text) => ({ cidr: cidr(text), endsAt: 1 })));
  it.each<[string, (columns: NetworkColumns) => void]>([
    ["out of order", ({ v4 }) => v4.firsts.reverse()],
    ["given twice", ({ v4 }) => v4.firsts.fill(0x0a000000)],
    ["with host bits", ({ v4 }) => v4.firsts.set([0x0a000001])],
    ["with too long a prefix", ({ v4 }) => v4.prefixes.fill(33)],
    ["with no number for an end", ({ v4 }) => v4.ends.fill(Number.NaN)],
    ["of v6 out of order", ({ v6 }) => v6.firsts.set([0x20020000, 0, 0, 0, 0x20010000, 0, 0, 0])],
    ["of v6 given twice", ({ v6 }) => [v6.firsts.fill(0), v6.prefixes.fill(16)]],
    ["of v6 with host bits", ({ v6 }) => v6.firsts.set([0x20020000, 0x40000000], 4)],
    ["of v6 with too long a prefix", ({ v6 }) => v6.prefixes.fill(129)],
    ["of v6 with no number for an end", ({ v6 }) => v6.ends.fill(Number.NaN)],
  ])("are not sound %s", (_, spoil) => {
    const columns = two();
    expect(atOnce(NetworkSet.of(columns))?.size).toBe(countOf(columns));
    spoil(columns);
    expect(atOnce(NetworkSet.of(columns))).toBeNull();
  });
});
