import { expect, it } from "vitest";
import { apply } from "../../../src/table/apply.ts";
import type { Change } from "../../../src/table/change.ts";
import {
  excesses,
  MAX_CHANGE_BYTES,
  MAX_CHANGES,
  MAX_ENTITY_BYTES,
  MAX_TABLE_BYTES,
} from "../../../src/table/limits.ts";
import { plan } from "../../../src/table/plan.ts";
import { emptyTable, type Table } from "../../../src/table/table.ts";
import { rule, seeded, tableOf } from "./tables.ts";

const bans = (count: number, chars: number, from = 0): Change[] =>
  Array.from({ length: count }, (_, i) => ({
    section: "blacklist",
    id: `ban-${from + i}`,
    before: null,
    after: { ...rule(), reason: "x".repeat(chars) },
  }));
const judge = (table: Table, changes: Change[]) =>
  excesses(table, apply(table, changes), changes).map(({ detail }) => detail);

it("counts the entities of one epoch", () => {
  expect(judge(emptyTable, bans(MAX_CHANGES, 10))).toEqual([]);
  expect(judge(emptyTable, bans(MAX_CHANGES + 1, 10))).toEqual([
    "10001 entities would change; one epoch may change 10000",
  ]);
});

it("weighs an entity, and what one epoch changes", () => {
  expect(judge(emptyTable, bans(1, MAX_ENTITY_BYTES))).toEqual(["more than 900000 bytes of JSON"]);
  expect(judge(emptyTable, bans(10, MAX_CHANGE_BYTES / 10))[0]).toMatch(/^70\d+ bytes would change/);
});

it("weighs text as it is stored and sent: three bytes for a character of Chinese", () => {
  const [ban] = bans(1, 1);
  const judgeReason = (reason: string) => ban && judge(emptyTable, [{ ...ban, after: { ...rule(), reason } }]);
  expect(judgeReason("x".repeat(MAX_ENTITY_BYTES - 100))).toEqual([]);
  expect(judgeReason("山".repeat(MAX_ENTITY_BYTES / 3))).toEqual(["more than 900000 bytes of JSON"]);
});

it("weighs the whole table as it grows, and lets it shrink whatever it weighs", () => {
  let table: Table = emptyTable;
  let refused: string[] = [];
  for (let part = 0; refused.length === 0; part++) {
    const changes = bans(10, MAX_CHANGE_BYTES / 11, part * 10);
    refused = judge(table, changes);
    if (refused.length === 0) table = apply(table, changes);
  }
  expect(table.blacklist.size).toBe(10);
  expect(refused[0]).toMatch(/^the table would have 127\d+ bytes/);
  const overfull = apply(table, bans(10, MAX_CHANGE_BYTES / 11, 10));
  const [ban] = bans(1, MAX_CHANGE_BYTES / 11);
  if (ban) expect(judge(overfull, [{ ...ban, before: ban.after, after: null }])).toEqual([]);
  expect(MAX_TABLE_BYTES).toBeLessThan(12_700_000);
});

/** Counts how often somebody begins to walk through it. */
class WalkedMap<K, V> extends Map<K, V> {
  walks = 0;
  override [Symbol.iterator]() {
    return this.entries();
  }
  override entries() {
    this.walks += 1;
    return super.entries();
  }
  override keys() {
    this.walks += 1;
    return super.keys();
  }
  override values() {
    this.walks += 1;
    return super.values();
  }
  override forEach(...args: Parameters<Map<K, V>["forEach"]>) {
    this.walks += 1;
    super.forEach(...args);
  }
}

it("costs as much as the change, not the table: a weight does not walk through the bans, however many there are", () => {
  const blacklist = new WalkedMap(Array.from({ length: 1000 }, (_, i) => [`ban-${i}`, rule()] as const));
  const heavy = { ...seeded, blacklist };
  const weigh = (table: Table, weight: number) => tableOf(table, { regions: { "us-east-1": { weight } } });
  // The first change counts the table.
  let table = weigh(heavy, 1);
  const { walks } = blacklist;
  expect(walks).toBeGreaterThan(0);
  for (let weight = 2; weight < 102; weight++) table = weigh(table, weight);
  expect(blacklist.walks).toBe(walks);
  expect(table.blacklist).toBe(blacklist);
  expect(plan(table, { regions: { "us-east-1": { weight: 0 } } }).objections).toEqual([]);
});
