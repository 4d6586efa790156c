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

it("costs as much as the change, not the table: 100,000 bans do not slow down a weight", () => {
  const blacklist = new Map(Array.from({ length: 100_000 }, (_, i) => [`ban-${i}`, rule()]));
  const heavy = { ...seeded, blacklist };
  const weigh = (table: Table, weight: number) => tableOf(table, { regions: { "us-east-1": { weight } } });
  // The first change counts the table.
  let table = weigh(heavy, 1);
  const startedAt = performance.now();
  for (let weight = 2; weight < 102; weight++) table = weigh(table, weight);
  // A scan of the list would take milliseconds each time.
  expect((performance.now() - startedAt) / 100).toBeLessThan(3);
  expect(table.blacklist).toBe(blacklist);
  expect(plan(table, { regions: { "us-east-1": { weight: 0 } } }).objections).toEqual([]);
});
