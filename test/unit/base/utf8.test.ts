import fc from "fast-check";
import { expect, it } from "vitest";
import { fromUtf8, toUtf8, utf8Length } from "../../../src/base/utf8.ts";

it("counts the bytes that a text takes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      expect(utf8Length(text)).toBe(toUtf8(text).length);
      expect(fromUtf8(toUtf8(text))).toBe(text);
    }),
  );
});
