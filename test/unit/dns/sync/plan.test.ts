import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { driftOf } from "../../../../src/dns/sync/drift.ts";
import { markOf } from "../../../../src/dns/sync/mark.ts";
import { alarmOf, planSync, type SyncChange, type SyncPlan } from "../../../../src/dns/sync/plan.ts";
import type { PlainRecord, ProviderRecord } from "../../../../src/dns/sync/record.ts";

const a = (value: string, more: Partial<PlainRecord> = {}): PlainRecord => ({
  name: "api.novacron.io",
  type: "A",
  ttlSeconds: 300,
  value,
  ...more,
});
const ours = (record: PlainRecord, more: Partial<ProviderRecord> = {}): ProviderRecord => ({
  ...record,
  id: `id-${record.name}-${record.type}-${record.value}`,
  mark: markOf(record),
  isProxied: false,
  ...more,
});
const theirs = (record: PlainRecord) => ours(record, { mark: null });

const lines = ({ changes, conflicts, kept }: SyncPlan) => [
  ...changes.map((change) =>
    change.kind === "create"
      ? `create ${change.record.value}`
      : change.kind === "delete"
        ? `delete ${change.before.value}`
        : `update ${change.before.value} to ${change.record.value}`,
  ),
  ...conflicts.map(({ name, type }) => `conflict at ${name}/${type}`),
  `kept ${kept}`,
];

describe("a plan", () => {
  const [one, two] = [a("192.0.2.1"), a("192.0.2.2")];
  it.each<[string, PlainRecord[], ProviderRecord[], string[]]>([
    ["creates what is missing", [one], [], ["create 192.0.2.1", "kept 0"]],
    ["leaves what is right", [one], [ours(one)], ["kept 1"]],
    ["removes what is ours and wanted no more", [], [ours(one)], ["delete 192.0.2.1", "kept 0"]],
    ["leaves what is not ours", [], [theirs(one)], ["kept 0"]],
    ["changes a value in place", [two], [ours(one)], ["update 192.0.2.1 to 192.0.2.2", "kept 0"]],
    ["changes a TTL", [{ ...one, ttlSeconds: 60 }], [ours(one)], ["update 192.0.2.1 to 192.0.2.1", "kept 0"]],
    ["takes it out of the proxy", [one], [ours(one, { isProxied: true })], ["update 192.0.2.1 to 192.0.2.1", "kept 0"]],
    [
      "removes before it changes and creates",
      [two, a("192.0.2.9", { name: "x.io" })],
      [ours(one), ours(a("::1", { type: "AAAA" }))],
      ["delete ::1", "update 192.0.2.1 to 192.0.2.2", "create 192.0.2.9", "kept 0"],
    ],
    ["does not add to what is not ours", [two], [theirs(one)], ["conflict at api.novacron.io/A", "kept 0"]],
    ["is content when others say what we would", [one], [theirs(one)], ["kept 1"]],
    [
      "puts nothing beside another's CNAME",
      [one],
      [theirs(a("b.io", { type: "CNAME" }))],
      ["conflict at api.novacron.io/A", "kept 0"],
    ],
    [
      "puts no CNAME beside what is another's",
      [a("b.io", { type: "CNAME" })],
      [theirs(one)],
      ["conflict at api.novacron.io/CNAME", "kept 0"],
    ],
    ["sees no conflict in another type", [one], [theirs(a("hi", { type: "TXT" }))], ["create 192.0.2.1", "kept 0"]],
  ])("%s", (_name, wanted, present, expected) => {
    expect(lines(planSync(wanted, present))).toEqual(expected);
  });

  it("leaves others' records alone and makes ours what they should be, whatever there is", () => {
    const record = fc.record({
      name: fc.constantFrom("a.io", "b.io"),
      type: fc.constantFrom("A", "CNAME", "TXT"),
      ttlSeconds: fc.constantFrom(60, 300),
      value: fc.constantFrom("1", "2", "3"),
    });
    const distinct = { selector: ({ name, type, value }: PlainRecord) => `${name} ${type} ${value}`, maxLength: 8 };
    const present = fc.uniqueArray(fc.record({ record, isOurs: fc.boolean() }), {
      ...distinct,
      selector: (p) => distinct.selector(p.record),
    });
    fc.assert(
      fc.property(fc.uniqueArray(record, distinct), present, (wanted, there) => {
        const before = there.map(({ record, isOurs }) => (isOurs ? ours(record) : theirs(record)));
        const plan = planSync(wanted, before);
        const after = applied(before, plan.changes);
        expect(after.filter(({ mark }) => mark === null)).toEqual(before.filter(({ mark }) => mark === null));
        expect(planSync(wanted, after)).toMatchObject({ changes: [], conflicts: plan.conflicts });
        const contested = new Set(plan.conflicts.map(({ name, type }) => `${name} ${type}`));
        const values = (records: readonly PlainRecord[]) =>
          records
            .filter(({ name, type }) => !contested.has(`${name} ${type}`))
            .map(({ name, type, value }) => `${name} ${type} ${value}`)
            .sort();
        const isCopied = (w: PlainRecord) =>
          before.some((b) => b.mark === null && b.name === w.name && b.type === w.type);
        expect(values(after.filter(({ mark }) => mark !== null))).toEqual(values(wanted.filter((w) => !isCopied(w))));
      }),
    );
  });
});

/** A zone after changes, the plain way. */
function applied(before: readonly ProviderRecord[], changes: readonly SyncChange[]): ProviderRecord[] {
  const gone = new Set(changes.flatMap((change) => (change.kind === "delete" ? [change.before] : [])));
  const made = changes.flatMap((change) => (change.kind === "create" ? [ours(change.record)] : []));
  const kept = before.flatMap((record) => {
    const update = changes.find((change) => change.kind === "update" && change.before === record);
    if (update?.kind === "update") return [ours(update.record, { id: record.id })];
    return gone.has(record) ? [] : [record];
  });
  return [...kept, ...made];
}

describe("drift", () => {
  const one = a("192.0.2.1");
  it.each<[string, PlainRecord[], ProviderRecord[], string[]]>([
    ["there is none", [one], [ours(one)], []],
    ["somebody changed the value there", [one], [ours(one, { value: "192.0.2.66" })], ["changed-there"]],
    ["somebody changed the TTL there", [one], [ours(one, { ttlSeconds: 60 })], ["changed-there"]],
    ["somebody turned the proxy on", [one], [ours(one, { isProxied: true })], ["changed-there"]],
    ["the table has moved on", [a("192.0.2.2")], [ours(one)], ["changed-here"]],
    ["it was never written, or removed there", [one], [], ["missing-there"]],
    ["it is no longer here", [], [ours(one)], ["gone-here"]],
    ["it is no longer here, and was changed there", [], [ours(one, { ttlSeconds: 60 })], ["changed-there"]],
    ["others stand in its place", [a("192.0.2.2")], [theirs(one)], ["in-the-way"]],
    ["others have records of their own", [], [theirs(one)], []],
  ])("%s", (_name, wanted, present, kinds) => {
    expect(driftOf(wanted, present).map(({ kind }) => kind)).toEqual(kinds);
  });
});

describe("the alarm", () => {
  const zone = (count: number) => Array.from({ length: count }, (_, i) => a(`192.0.2.${i}`, { name: `n${i}.io` }));
  it.each([
    ["a third of them goes", 12, 8, "it would remove 4 of our 12 records there"],
    ["a quarter of them goes", 12, 9, null],
    ["all of a small zone goes", 9, 0, null],
  ])("when %s", (_name, there, wanted, alarm) => {
    expect(
      alarmOf(
        planSync(
          zone(wanted),
          zone(there).map((record) => ours(record)),
        ),
      ),
    ).toBe(alarm);
  });

  it("when most of them change", () => {
    const moved = zone(20).map((record) => ({ ...record, ttlSeconds: 60 }));
    expect(
      alarmOf(
        planSync(
          moved,
          zone(20).map((record) => ours(record)),
        ),
      ),
    ).toBe("it would change 20 of our 20 records there");
  });
});
