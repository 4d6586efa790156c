import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Ip, parseIp } from "../../../src/base/ip.ts";
import { atOnce } from "../../../src/base/sliced.ts";
import { fromUtf8, toUtf8 } from "../../../src/base/utf8.ts";
import { type Block, FRAME_VERSION, openFrame, sealBlocks } from "../../../src/table/frame.ts";
import { emptyTable, type PublishedTable } from "../../../src/table/table.ts";
import { rule, seeded, tableOf } from "./tables.ts";
import { encodeWhole, published, readSnapshot, readTable, shielded, verdict } from "./updates.ts";

const rules = encodeWhole(published, "rules");
const routing = encodeWhole(published, "routing");

/** The same frame with another header and other blocks, sealed anew, as another version would write it. */
function rewritten(
  frame: Uint8Array,
  change: { header?: object; blocks?: (blocks: readonly Block[]) => readonly Block[]; version?: number },
): Uint8Array {
  const opened = atOnce(openFrame(frame));
  if (!opened.ok) throw new Error(opened.error);
  const { blocks: _, ...header } = opened.value;
  const blocks = (change.blocks ?? ((same) => same))(opened.value.blocks);
  const sizes = blocks.map((block) => ({ ...block, bytes: block.bytes.length }));
  return sealBlocks({ ...header, blocks: sizes, ...change.header }, blocks, change.version ?? FRAME_VERSION);
}

/** As another version, with its own schemas, would write the text of its blocks of entries. */
const withText = (frame: Uint8Array, from: string, to: string) =>
  rewritten(frame, {
    header: { shapes: 1 },
    blocks: (blocks) =>
      blocks.map((block) =>
        block.kind === "entries" ? { ...block, bytes: toUtf8(fromUtf8(block.bytes).replaceAll(from, to)) } : block,
      ),
  });

const without = (frame: Uint8Array, name: string) =>
  rewritten(frame, { blocks: (blocks) => blocks.filter((block) => block.name !== name) });

const nothing: PublishedTable = {
  epoch: 0,
  table: emptyTable,
  health: new Map(),
  learned: new Map(),
  failovers: new Map(),
  defences: new Map(),
};
/** With what the first release did not have. */
const voted: PublishedTable = {
  ...published,
  table: tableOf(published.table, {
    backends: { "use1-a": { probe: { kind: "tcp", port: 5432, statuses: null, body: null, header: null } } },
  }),
  health: new Map([["use1-a", { ...verdict, votes: { up: 9, down: 2, confidence: "full" } }]]),
};

const withBots: PublishedTable = {
  ...published,
  table: tableOf(published.table, { bots: { "192.0.2.0/24": { ...rule(), name: "Googlebot" } } }),
};
const crawler = parseIp("192.0.2.7") as Ip;

describe("an update", () => {
  it("of a whole table is read as it was written", () => {
    expect(readTable(rules)).toEqual(published);
    expect(readTable(encodeWhole(nothing))).toEqual(nothing);
    expect(readSnapshot(routing)).toMatchObject({ epoch: 7, health: published.health, learned: published.learned });
  });

  it("carries the bots to those who decide, and to those who show them by name", () => {
    expect(readTable(encodeWhole(withBots))).toEqual(withBots);
    const { bots } = readSnapshotOf(encodeWhole(withBots, "routing"));
    expect([bots.size, bots.find(crawler, 0)?.cidr]).toEqual([1, "192.0.2.0/24"]);
  });

  it("is not fooled by names that objects inherit, nor by text with line ends and lone surrogates", () => {
    const patch = {
      policies: { constructor: { kind: "geo" } },
      blacklist: { "10.0.0.1/32": { ...rule(), reason: "tab\tand\nline end \u2028 \ud800" } },
    };
    const table = tableOf(seeded, patch);
    expect(readTable(encodeWhole({ ...published, table }))).toMatchObject({ table });
  });

  it.each<[string, Uint8Array]>([
    ["a field of the header", rewritten(rules, { header: { writtenAt: "later" } })],
    ["a field of a block's entry", rewritten(rules, { blocks: (all) => all.map((b) => ({ ...b, zipped: false })) })],
    [
      "a block of entries",
      rewritten(rules, { blocks: (all) => [{ name: "moons", kind: "entries", bytes: toUtf8("[]") }, ...all] }),
    ],
    [
      "a block of another kind",
      rewritten(rules, { blocks: (all) => [...all, { name: "map", kind: "bitmap", bytes: toUtf8("x") }] }),
    ],
    ["a field of an entity", withText(rules, '"kind":"latency",', '"kind":"latency","spread":3,')],
    ["a field within a field", withText(rules, '"kind":"client-address"', '"kind":"client-address","salt":1')],
    ["an object of an entity", withText(rules, '"weight":100', '"weight":100,"limits":{"a":[1]}')],
    ["a field of a verdict", withText(rules, '"vantage":"local"', '"vantage":"local","hops":3')],
    ["a field of a load", withText(rules, '"cpu":0.1', '"cpu":0.1,"gpu":0.2')],
    ["more in an entry than a pair", withText(rules, '"detail":"200"}]', '"detail":"200"},"signed"]')],
  ])("of a newer writer is read but for %s that this version does not know", (_, newer) => {
    expect(newer).not.toEqual(rules);
    expect(readTable(newer)).toEqual(published);
  });

  it("of an older writer is read with defaults for what it did not write", () => {
    const older = without(without(withText(rules, '"loadPath":"/load",', ""), "learned"), "bots");
    expect(older.length).toBeLessThan(rules.length);
    expect(readTable(older)).toEqual({ ...published, learned: new Map() });
    expect(readSnapshotOf(without(encodeWhole(withBots, "routing"), "bots")).bots.size).toBe(0);
  });

  it.each(["rules", "routing"] as const)(
    "written by the first release in the scope of %s can still be read",
    (scope) => {
      const golden = new Uint8Array(readFileSync(new URL(`frame-2-${scope}.golden.bin`, import.meta.url)));
      const read = scope === "rules" ? readTable(golden) : readSnapshot(golden);
      expect(read).toMatchObject(
        scope === "rules" ? published : { epoch: published.epoch, regions: readSnapshotOf(routing).regions },
      );
      if (scope === "routing") expect(read).toEqual(readSnapshotOf(routing));
    },
  );

  it("written by the first release that had votes and probes can still be read", () => {
    const golden = new Uint8Array(readFileSync(new URL("frame-2-votes.golden.bin", import.meta.url)));
    expect(readTable(golden)).toMatchObject(voted);
  });

  it("written by the first release that had a shield can still be read", () => {
    const golden = new Uint8Array(readFileSync(new URL("frame-2-shield.golden.bin", import.meta.url)));
    expect(readTable(golden)).toMatchObject(shielded);
  });

  it.each<[string, unknown, string]>([
    ["nothing", new Uint8Array(), "cut off: 0 bytes"],
    ["no bytes", "<html>", "expected bytes"],
    ["text", toUtf8('{"version":1,"epoch":7}\nregions\t[]'), "no table"],
    ["a later version", rewritten(rules, { version: 3 }), "written in version 3; this reader reads 2"],
    ["half a frame", rules.subarray(0, rules.length >> 1), "cut off"],
    ["more than a frame", new Uint8Array([...rules, 0]), "cut off"],
    ["an epoch that is no integer", rewritten(rules, { header: { epoch: 7.5 } }), "header"],
    ["no list of blocks", rewritten(rules, { header: { blocks: 7 } }), "header"],
    [
      "a block past the end",
      rewritten(rules, { header: { blocks: [{ name: "regions", kind: "entries", bytes: 1e9 }] } }),
      "block regions: it ends past the frame",
    ],
    ["no regions", without(rules, "regions"), "regions: the block is missing"],
    ["no blacklist", without(rules, "blacklist"), "blacklist: the block is missing"],
    ["no health", without(rules, "health"), "health: the block is missing"],
    ["a list of addresses in columns", routing, "blacklist: written for another scope"],
    [
      "a known block of an unknown kind",
      rewritten(rules, { blocks: (all) => all.map((block) => ({ ...block, kind: "zipped" })) }),
      "written as zipped",
    ],
    ["pairs that are none", withText(rules, '["use1-a",{"status"', '[1,{"status"'), "health: expected lines of pairs"],
    ["no JSON", withText(rules, "[[", "[<"), "expected lines of pairs"],
    ["an entity without a field", withText(rules, '"country":"US",', ""), "regions/us-east-1: ✖ Invalid input"],
    ["a field out of range", withText(rules, '"latitude":38.95', '"latitude":389.5'), "regions/us-east-1"],
    ["a policy of an unknown kind", withText(rules, '"kind":"geo"', '"kind":"lunar"'), "policies/geo"],
  ])("that is %s is refused", (_, broken, error) => {
    expect(broken).not.toEqual(rules);
    expect(readTable(broken)).toContain(error);
  });

  it.each<[string, (bytes: Uint8Array) => Uint8Array, string]>([
    ["cut off", (bytes) => bytes.subarray(0, -1), "do not hold"],
    ["without counts", () => new Uint8Array(3), "cut off"],
    [
      "with a count too high",
      (bytes) => Uint8Array.from(bytes, (byte, i) => (i === 0 ? byte + 1 : byte)),
      "do not hold",
    ],
    ["with host bits", (bytes) => Uint8Array.from(bytes, (byte, i) => (i === 16 ? 1 : byte)), "not in order"],
  ])("whose networks are %s is refused", (_, spoil, error) => {
    const spoiled = rewritten(routing, {
      blocks: (all) =>
        all.map((block) => (block.name === "blacklist" ? { ...block, bytes: spoil(block.bytes) } : block)),
    });
    expect(readSnapshot(spoiled)).toContain(`blacklist: `);
    expect(readSnapshot(spoiled)).toContain(error);
  });

  it("is refused as damaged whichever byte has changed", () => {
    for (let at = 0; at < routing.length; at++) {
      const damaged = routing.slice();
      damaged[at] = (damaged[at] as number) ^ 0x40;
      expect(typeof readSnapshot(damaged), `byte ${at}`).toBe("string");
    }
  });

  it("never throws, whatever the bytes, sealed or not", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => typeof readTable(bytes) === "string"));
    const blocks = fc.array(
      fc.record({
        name: fc.constantFrom("regions", "blacklist", "learned", "moons"),
        kind: fc.constantFrom("entries", "networks"),
        bytes: fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.json().map(toUtf8)),
      }),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(blocks, (list) => {
        const frame = rewritten(routing, { blocks: () => list });
        return typeof readTable(frame) === "string" && typeof readSnapshot(frame) === "string";
      }),
    );
  });
});

function readSnapshotOf(bytes: Uint8Array) {
  const snapshot = readSnapshot(bytes);
  if (typeof snapshot === "string") throw new Error(snapshot);
  return snapshot;
}
