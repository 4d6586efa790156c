import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SnapshotReply } from "../../../durable-objects/routing-table/api.ts";
import { parseIp } from "../../../src/base/ip.ts";
import { followTable } from "../../../src/table/follow.ts";
import { FRAME_VERSION } from "../../../src/table/frame.ts";
import type { LearnedRow } from "../../../src/table/learned-row.ts";
import { compileSnapshot, type Snapshot } from "../../../src/table/snapshot.ts";
import { addressSections, type PublishedTable } from "../../../src/table/table.ts";
import type { Scope } from "../../../src/table/update.ts";
import type { VoteReport } from "../../../src/table/verdict.ts";
import { FakeRoutingTable } from "../../fakes/routing-table.ts";
import { learnedRow, readSnapshot, verdict } from "./updates.ts";
import { foundation, patches } from "./worlds.ts";

type Event =
  | { readonly kind: "apply"; readonly patch: Record<string, unknown> }
  | { readonly kind: "report"; readonly backend: string; readonly latencyMs: number }
  | { readonly kind: "learn"; readonly colo: string; readonly rows: readonly (readonly [string, LearnedRow])[] }
  | { readonly kind: "rollback"; readonly back: number };

const rows = (colo: string) =>
  fc
    .uniqueArray(fc.constantFrom(colo, `${colo}/DE`, `${colo}/AS3320`))
    .chain((places) => fc.tuple(...places.map((place) => fc.nat(9).map((ms) => [place, learnedRow(ms + 1)] as const))));
const events: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: patches.map((patch): Event => ({ kind: "apply", patch })) },
  fc.record({ kind: fc.constant("report"), backend: fc.constantFrom("b1", "b2", "b9"), latencyMs: fc.nat(9) }),
  fc.constantFrom("FRA", "IAD").chain((colo) => rows(colo).map((list): Event => ({ kind: "learn", colo, rows: list }))),
  fc.record({ kind: fc.constant("rollback"), back: fc.nat(5) }),
);

const { votes: _, ...said } = verdict;
const vote = { ...said, vantage: "weur" };

const options = { actor: { principal: "test", requestId: "test" }, summary: "test", ifEpoch: null };

async function carryOut(table: FakeRoutingTable, event: Event): Promise<void> {
  switch (event.kind) {
    case "apply":
      await table.apply(event.patch, options);
      return;
    case "report":
      await table.report([{ backend: event.backend, vote: { ...vote, latencyMs: event.latencyMs } } as VoteReport]);
      return;
    case "learn":
      return table.learn(event.colo, event.rows);
    case "rollback":
      await table.rollback(Math.max(0, (await table.status()).epoch - event.back), options);
  }
}

const ask = (table: FakeRoutingTable, have: number | null, scope: Scope = "routing") =>
  table.snapshot({ reads: [FRAME_VERSION], scope, have });

async function advanceBy(reply: SnapshotReply, held: Snapshot | null): Promise<Snapshot> {
  if (reply.kind === "unchanged" && held) return held;
  if (reply.kind === "refused" || reply.kind === "unchanged") throw new Error(reply.kind);
  const next = readSnapshot(reply.encoded, held);
  if (typeof next === "string") throw new Error(next);
  return next;
}

/** What routing sees of a snapshot, with what is found at addresses inside and beside all networks of the worlds. */
function seenOf({ table, ...snapshot }: Snapshot) {
  const { blacklist: _, allowlist: __, bots: ___, ...routes } = table as PublishedTable["table"];
  const found = ["10.0.0.1", "10.0.0.2", "10.0.1.7", "10.0.2.0", "2001:db8::1", "2001:db9::"].flatMap((text) => {
    const ip = parseIp(text);
    if (!ip) throw new Error(text);
    return [0, 1, 500, 999, 1000].map((now) => addressSections.map((list) => snapshot[list].find(ip, now)));
  });
  return { ...snapshot, table: routes, found };
}

describe("whatever happens to a table", () => {
  const sequences = fc.array(events, { minLength: 1, maxLength: 15 });

  it("what has changed since any epoch leads to what the whole table is, as the dumb way compiles it", async () => {
    const kinds = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(sequences, async (sequence) => {
        const table = new FakeRoutingTable(() => 0);
        await table.apply(foundation, options);
        const held: Snapshot[] = [];
        for (const event of sequence) {
          held.push(await advanceBy(await ask(table, null), null));
          await carryOut(table, event);
        }
        const expected = seenOf(compileSnapshot(await table.read()));
        expect(seenOf(await advanceBy(await ask(table, null), null))).toEqual(expected);
        for (const each of held) {
          const reply = await ask(table, each.epoch);
          kinds.set(reply.kind, (kinds.get(reply.kind) ?? 0) + 1);
          expect(seenOf(await advanceBy(reply, each))).toEqual(expected);
        }
      }),
      { numRuns: 150 },
    );
    expect(kinds.get("delta")).toBeGreaterThan(100);
  });

  it.each(["rules", "backends"] as const)("a reader of %s who looks now and then has what is there", async (scope) => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(events, fc.boolean())), async (steps) => {
        const table = new FakeRoutingTable(() => 0);
        await table.apply(foundation, options);
        let held: PublishedTable | null = null;
        for (const [event, looks] of [...steps, [{ kind: "rollback", back: 0 }, true] as const]) {
          await carryOut(table, event);
          if (!looks) continue;
          const next = await followTable(
            (request) => table.snapshot(request),
            held,
            scope,
            async () => undefined,
          );
          if (!next.ok) throw new Error(next.error);
          held = next.value;
          const whole = await table.read();
          if (scope === "rules") expect(held).toEqual(whole);
          else expect([held.epoch, held.table.backends]).toEqual([whole.epoch, whole.table.backends]);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("the table", () => {
  async function tableOfRegions(): Promise<FakeRoutingTable> {
    const table = new FakeRoutingTable(() => 0);
    await table.apply(foundation, options);
    await table.apply({ blacklist: { "10.0.0.0/8": { reason: "flood", createdAt: 0, expiresAt: null } } }, options);
    return table;
  }

  it("shares with the snapshot before all that has not changed", async () => {
    const table = await tableOfRegions();
    const before = await advanceBy(await ask(table, null), null);
    await table.apply({ regions: { r1: { weight: 7 } } }, options);
    const after = await advanceBy(await ask(table, before.epoch), before);
    expect(after.table.regions.get("r1")?.weight).toBe(7);
    expect(after.blacklist).toBe(before.blacklist);
    expect(after.learned).toBe(before.learned);
    expect(after.table.backends).toBe(before.table.backends);
  });

  it("refuses to lead on from another epoch than its own, or back", async () => {
    const table = await tableOfRegions();
    const one = await ask(table, null);
    const held = await advanceBy(one, null);
    await table.apply({ regions: { r1: { weight: 7 } } }, options);
    const delta = await ask(table, held.epoch);
    const next = await advanceBy(delta, held);
    await expect(advanceBy(delta, null)).rejects.toThrow("it changes epoch 2, and none is held");
    await expect(advanceBy(delta, next)).rejects.toThrow("it changes epoch 2, and 3 is held");
    await expect(advanceBy(one, next)).rejects.toThrow("it is of epoch 2, before 3");
  });

  it("keeps an encoded answer until there is a new epoch", async () => {
    const table = await tableOfRegions();
    expect(await ask(table, 1)).toBe(await ask(table, 1));
    expect(await ask(table, 1)).not.toBe(await ask(table, null));
    const before = await ask(table, null);
    await table.apply({ regions: { r1: { weight: 7 } } }, options);
    expect(await ask(table, null)).not.toBe(before);
  });

  it.each<[string, unknown, string]>([
    [
      "of other versions",
      { reads: [1, 3], scope: "routing", have: null },
      "written in version 2; this reader reads 1, 3",
    ],
    ["of no version", { reads: [], scope: "routing", have: null }, "this reader reads none"],
    ["of an unknown scope", { reads: [2], scope: "moons", have: null }, "malformed"],
    ["with an epoch that is none", { reads: [2], scope: "routing", have: -1 }, "malformed"],
    ["that is only an epoch, as readers of version 1 ask", 7, "malformed"],
  ])("refuses a reader %s, and says why", async (_, request, detail) => {
    const table = await tableOfRegions();
    const reply = await table.snapshot(request as never);
    expect(reply).toEqual({ kind: "refused", detail: expect.stringContaining(detail) });
  });

  it("answers a newer reader that reads its version too, and says more than it understands", async () => {
    const table = await tableOfRegions();
    const request = { reads: [2, 3], scope: "routing", have: null, zipped: true } as const;
    expect(await table.snapshot(request)).toMatchObject({ kind: "table", epoch: 2 });
  });
});
