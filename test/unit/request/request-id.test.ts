import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.ts";
import { originOf, RequestIds } from "../../../src/request/request-id.ts";

const ids = () => new RequestIds(new Random([1, 2, 3]));
const NOW = Date.UTC(2026, 10, 24, 12, 0, 7, 345);

describe("request ids", () => {
  it("say where and when", () => {
    const letter = fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    const colo = fc.option(fc.string({ unit: letter, minLength: 3, maxLength: 3 }));
    fc.assert(
      fc.property(colo, fc.integer({ min: 0, max: 0xffffffff * 1000 + 999 }), (colo, now) => {
        const id = ids().next(colo, now);
        expect(id).toMatch(/^[0-9a-f]{32}$/);
        expect(originOf(id)).toEqual({ colo, at: Math.floor(now / 1000) * 1000 });
      }),
    );
  });

  it("differ, of one colo and second and of several in turn", () => {
    const maker = ids();
    const made = Array.from({ length: 3000 }, (_, i) => maker.next(["FRA", "IAD", null][i % 3] ?? null, NOW));
    expect(new Set(made).size).toBe(3000);
    expect(made.map((id) => originOf(id)?.colo)).toEqual(made.map((_, i) => ["FRA", "IAD", null][i % 3]));
  });

  it("follow each other in the order of time within a colo", () => {
    const maker = ids();
    const made = Array.from({ length: 50 }, (_, i) => maker.next("FRA", NOW + i * 1000));
    expect([...made].sort()).toEqual(made);
  });

  it.each([
    ["too short", "0".repeat(31)],
    ["too long", "0".repeat(33)],
    ["capitals", "A".repeat(32)],
    ["other letters", "g".repeat(32)],
    ["a colo that is no three letters", `ffee${"0".repeat(28)}`],
    ["nothing", ""],
  ])("%s is no id", (_name, text) => {
    expect(originOf(text)).toBeNull();
  });
});
