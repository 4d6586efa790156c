import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { apply, inverse } from "../../../src/table/apply.ts";
import type { Change } from "../../../src/table/change.ts";
import { planRollback } from "../../../src/table/history.ts";
import { plan } from "../../../src/table/plan.ts";
import { emptyTable, isAddressSection, type Table } from "../../../src/table/table.ts";
import { documentOf, tableOf } from "./tables.ts";
import { encodeWhole, readTable } from "./updates.ts";
import { foundation, holdsTogether, patches } from "./worlds.ts";

interface Epoch {
  readonly table: Table;
  readonly changes: readonly Change[];
}

/** The epochs that a sequence of patches makes; refused patches make none. */
function play(sequence: readonly unknown[]): Epoch[] {
  const epochs: Epoch[] = [{ table: emptyTable, changes: [] }];
  for (const patch of [foundation, ...sequence]) {
    const table = epochs.at(-1)?.table ?? emptyTable;
    const { next, changes, objections } = plan(table, patch);
    if (objections.length === 0 && changes.length > 0) epochs.push({ table: next, changes });
  }
  return epochs;
}

const sequences = fc.array(patches, { maxLength: 12 });

describe("whatever patches come in whatever order", () => {
  it("some are applied and some are refused, or these properties say nothing", () => {
    const epochs = fc
      .sample(sequences, { numRuns: 200, seed: 1 })
      .map((sequence) => ({ sequence, made: play(sequence) }));
    const offered = epochs.reduce((sum, { sequence }) => sum + sequence.length, 0);
    const applied = epochs.reduce((sum, { made }) => sum + made.length - 2, 0);
    expect(applied / offered).toBeGreaterThan(0.1);
    expect(applied / offered).toBeLessThan(0.9);
    expect(epochs.some(({ made }) => made.some(({ table }) => table.services.size === 2))).toBe(true);
  });

  it("every table that comes of them holds together", () => {
    fc.assert(fc.property(sequences, (sequence) => play(sequence).every(({ table }) => holdsTogether(table))));
  });

  it("a well-formed patch is refused exactly when its result would not hold together", () => {
    fc.assert(
      fc.property(sequences, patches, (sequence, patch) => {
        const table = play(sequence).at(-1)?.table ?? emptyTable;
        const { next, objections } = plan(table, patch);
        fc.pre(objections.every(({ code }) => code !== "invalid"));
        expect(holdsTogether(next)).toBe(objections.length === 0);
      }),
    );
  });

  it("a plan leaves the table as it was, and tells its difference", () => {
    fc.assert(
      fc.property(sequences, patches, (sequence, patch) => {
        const table = play(sequence).at(-1)?.table ?? emptyTable;
        const before = JSON.stringify(documentOf(table));
        const { next, changes } = plan(table, patch);
        expect(JSON.stringify(documentOf(table))).toBe(before);
        expect(next).toEqual(apply(table, changes));
        expect(plan(next, patch).changes).toEqual([]);
      }),
    );
  });

  it("the inverse of a change undoes it", () => {
    fc.assert(
      fc.property(sequences, (sequence) => {
        const epochs = play(sequence);
        for (const [index, { table, changes }] of epochs.entries())
          if (index > 0) expect(apply(table, inverse(changes))).toEqual(epochs[index - 1]?.table);
      }),
    );
  });

  it("rolling back gives the table of that epoch, as undoing one change after another would", () => {
    fc.assert(
      fc.property(sequences, fc.nat(), (sequence, pick) => {
        const epochs = play(sequence);
        const target = pick % epochs.length;
        const newest = epochs.at(-1)?.table ?? emptyTable;
        const since = epochs.slice(target + 1).flatMap(({ changes }) => changes);
        const { next, changes, objections } = planRollback(newest, since, -1);
        expect(objections).toEqual([]);
        expect(next).toEqual(epochs[target]?.table);
        expect(next).toEqual(undoAll(newest, epochs.slice(target + 1)));
        expect(apply(newest, changes)).toEqual(next);
      }),
    );
  });

  it("rolling back restores no address rule that has ended by now", () => {
    fc.assert(
      fc.property(sequences, fc.nat(), fc.nat(1000), (sequence, pick, now) => {
        const epochs = play(sequence);
        const target = pick % epochs.length;
        const since = epochs.slice(target + 1).flatMap(({ changes }) => changes);
        const { changes } = planRollback(epochs.at(-1)?.table ?? emptyTable, since, now);
        for (const { section, after } of changes)
          if (isAddressSection(section))
            expect(
              (after as { expiresAt: number | null } | null)?.expiresAt ?? Number.POSITIVE_INFINITY,
            ).toBeGreaterThan(now);
      }),
    );
  });

  it("decoding what was encoded gives the same", () => {
    fc.assert(
      fc.property(sequences, fc.nat(), (sequence, epoch) => {
        const table = play(sequence).at(-1)?.table ?? emptyTable;
        const published = {
          epoch,
          table,
          health: new Map(),
          learned: new Map(),
          failovers: new Map(),
          defences: new Map(),
        };
        expect(readTable(encodeWhole(published))).toEqual(published);
      }),
    );
  });
});

describe("a rollback", () => {
  const table = tableOf(emptyTable, foundation);

  it("is refused when its result would not hold together", () => {
    // The log says that region r1 was new: going back would take it from under the backend that came in by other ways.
    const changes: Change[] = [{ section: "regions", id: "r1", before: null, after: table.regions.get("r1") }];
    expect(planRollback(table, changes, 0).objections).toMatchObject([
      { code: "unknown-reference", path: "/regions/r1" },
    ]);
  });

  it("is refused when the log holds what this version cannot read", () => {
    const changes: Change[] = [{ section: "regions", id: "r1", before: { name: "R" }, after: table.regions.get("r1") }];
    const { next, objections } = planRollback(table, changes, 0);
    expect(objections).toMatchObject([{ code: "invalid", path: "/regions/r1" }]);
    expect(next).toBe(table);
  });

  it("passes over sections and fields of a newer version", () => {
    const old = { ...table.regions.get("r1"), weight: 7 };
    const changes: Change[] = [
      { section: "moons", id: "m", before: {}, after: null },
      { section: "regions", id: "r1", before: { ...old, colour: "red" }, after: table.regions.get("r1") },
    ];
    const plan = planRollback(table, changes, 0);
    expect(plan.objections).toEqual([]);
    expect(plan.next.regions.get("r1")).toEqual(old);
  });

  it("takes away a rule that has ended by now, even one that was prolonged since", () => {
    const rule = (expiresAt: number) => ({ reason: "flood", createdAt: 0, expiresAt });
    const banned = tableOf(table, { blacklist: { "10.0.0.1/32": rule(100) } });
    const prolonged = plan(banned, { blacklist: { "10.0.0.1/32": rule(900) } });
    expect(planRollback(prolonged.next, prolonged.changes, 99).next).toEqual(banned);
    expect(planRollback(prolonged.next, prolonged.changes, 100).next.blacklist.size).toBe(0);
  });
});

function undoAll(table: Table, epochs: readonly Epoch[]): Table {
  return [...epochs].reverse().reduce((state, { changes }) => apply(state, inverse(changes)), table);
}
