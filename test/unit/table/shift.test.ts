import { describe, expect, it } from "vitest";
import type { Failover } from "../../../src/table/failover.ts";
import type { RegionId } from "../../../src/table/region.ts";
import { checkShift, type Shift } from "../../../src/table/shift.ts";
import { testTable } from "../../fakes/world.ts";

const target = { region: "us-west-2" as RegionId, share: 1 };
const held: Failover = { id: "f1", phase: "failing-over", percent: 0, targets: [target], since: 5 };
const next: Failover = { ...held, phase: "failed-over", since: 9 };
const shift: Shift = { region: "us-east-1", next, expected: { id: "f1", phase: "failing-over" } };

describe("a shift", () => {
  it.each<[string, Failover | null, Shift]>([
    ["moves on the phase that it expects", held, shift],
    ["begins where nothing is", null, { ...shift, next: held, expected: null }],
    ["ends what it expects", held, { ...shift, next: null }],
  ])("%s", (_, before, given) => {
    expect(checkShift(testTable(), before, given)).toEqual({ ok: true, value: given });
  });

  it.each<[string, Failover | null, Shift]>([
    ["that was carried out", { ...next, since: 7 }, shift],
    ["that has ended what is over", null, { ...shift, next: null }],
  ])("%s is done, whatever time it says", (_, before, given) => {
    expect(checkShift(testTable(), before, given)).toEqual({ ok: true, value: null });
  });

  it.each<[string, Failover | null, unknown, object]>([
    ["that nobody expects", null, shift, { kind: "overtaken", held: null }],
    ["of another failover", { ...held, id: "f2" }, shift, { kind: "overtaken" }],
    ["of an earlier phase", { ...held, phase: "failing-back" }, shift, { kind: "overtaken" }],
    ["of a region that is not there", null, { ...shift, region: "mars" }, { kind: "unknown-region", region: "mars" }],
    [
      "to a region that is not there",
      held,
      { ...shift, next: { ...next, targets: [{ region: "mars", share: 1 }] } },
      { kind: "unknown-region", region: "mars" },
    ],
    ["of 101 percent", held, { ...shift, next: { ...next, percent: 101 } }, { kind: "malformed" }],
    ["to nobody", held, { ...shift, next: { ...next, targets: [] } }, { kind: "malformed" }],
    ["that is none", held, null, { kind: "malformed" }],
  ])("%s is refused", (_, before, given, error) => {
    expect(checkShift(testTable(), before, given)).toMatchObject({ ok: false, error });
  });
});
