import fc from "fast-check";
import { expect, it } from "vitest";
import { listed } from "../../../src/base/listed.ts";

it.each([
  ["nothing", [], 10, ""],
  ["all where there is room", ["aa", "bb"], 6, "aa, bb"],
  ["the first ones, and how many more", ["aa", "bb", "cc", "dd", "ee"], 17, "aa, bb and 3 more"],
  ["the first however little room", ["aaaa", "bbbb"], 3, "aaaa and 1 more"],
  ["one that is too long as it is", ["aaaa"], 3, "aaaa"],
])("lists %s", (_name, parts, maxChars, expected) => {
  expect(listed(parts, ", ", maxChars)).toBe(expected);
});

it("never cuts a part, nor loses count", () => {
  const word = fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom("x", "y") });
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 12 }), fc.integer({ min: 20, max: 60 }), (parts, room) => {
      const text = listed(parts, ", ", room);
      const [, names = "", more = "0"] = /^(.*?)(?: and (\d+) more)?$/.exec(text) ?? [];
      const shown = names.split(", ");
      expect(shown).toEqual(parts.slice(0, shown.length));
      expect(shown.length + Number(more)).toBe(parts.length);
      expect(text.length).toBeLessThanOrEqual(room + 12);
    }),
  );
});
