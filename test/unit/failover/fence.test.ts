import { describe, expect, it } from "vitest";
import { admitFailover } from "../../../src/failover/fence.ts";
import { type FailoverRecord, newRecord } from "../../../src/failover/record.ts";
import type { Trigger } from "../../../src/failover/trigger.ts";

const regions = new Set(["a", "b", "c", "d", "e"]);

const record = (from: string, status: FailoverRecord["status"] = "failed-over"): FailoverRecord => ({
  ...newRecord({
    id: `of-${from}`,
    from,
    to: null,
    trigger: { kind: "checks", since: 0, detail: "" },
    reason: "",
    requestedBy: "failover",
    requestedAt: 0,
    force: false,
  }),
  status,
});

describe("a failover", () => {
  it.each<[string, string, Trigger["kind"], FailoverRecord[], object]>([
    ["of a region that has none is admitted", "a", "checks", [], { ok: true }],
    ["of a region that has come back is admitted", "a", "checks", [record("a", "returned")], { ok: true }],
    ["of a second region is admitted", "b", "errors", [record("a")], { ok: true }],
    [
      "of a region that has one is refused",
      "a",
      "manual",
      [record("a")],
      { error: { kind: "in-progress", id: "of-a" } },
    ],
    [
      "of a region on its way back is refused",
      "a",
      "manual",
      [record("a", "failing-back")],
      { error: { kind: "in-progress" } },
    ],
    ["of a region that is not there is refused", "mars", "manual", [], { error: { kind: "unknown-region" } }],
    [
      "beyond half of the regions is refused",
      "c",
      "checks",
      [record("a"), record("b")],
      { error: { kind: "capped", count: 2, most: 2 } },
    ],
    ["beyond that is a person's right", "c", "manual", [record("a"), record("b")], { ok: true }],
    ["counts those that are over no more", "c", "checks", [record("a"), record("b", "rolled-back")], { ok: true }],
    ["counts no region that is gone", "c", "checks", [record("a"), record("gone")], { ok: true }],
  ])("%s", (_, region, kind, records, expected) => {
    expect(admitFailover(region, kind, records, regions, 50)).toMatchObject(expected);
  });

  it("never happens by itself with a cap of 0", () => {
    expect(admitFailover("a", "checks", [], regions, 0)).toMatchObject({ error: { kind: "capped" } });
  });
});
