import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keepRecent } from "../../../src/base/keep-recent.ts";

describe("a map of what was set last", () => {
  it("forgets the entry that was not set for the longest time", () => {
    const map = new Map<string, number>();
    const forgotten: number[] = [];
    for (const [key, value] of Object.entries({ a: 1, b: 2 })) keepRecent(map, key, value, 2);
    keepRecent(map, "a", 3, 2, (value) => forgotten.push(value));
    keepRecent(map, "c", 4, 2, (value) => forgotten.push(value));
    expect([...map]).toEqual([
      ["a", 3],
      ["c", 4],
    ]);
    expect(forgotten).toEqual([2]);
  });

  it("is the end of the list of all that was set, each key once: of many, a sixteenth less after it was full", () => {
    const keys = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 300 });
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 40 }), (set, most) => {
        const map = new Map<number, number>();
        const forgotten: number[] = [];
        let list: (readonly [number, number])[] = [];
        const gone: number[] = [];
        for (const [at, key] of set.entries()) {
          keepRecent(map, key, at, most, (value) => forgotten.push(value));
          list = list.filter(([other]) => other !== key);
          if (list.length === most) gone.push(...list.splice(0, 1 + Math.floor(most / 16)).map(([, value]) => value));
          list.push([key, at]);
        }
        expect([...map]).toEqual(list);
        expect(forgotten).toEqual(gone);
      }),
    );
  });
});
