import fc from "fast-check";
import { expect, it } from "vitest";
import { checksum } from "../../../src/base/checksum.ts";
import { atOnce } from "../../../src/base/sliced.ts";
import { toUtf8 } from "../../../src/base/utf8.ts";

const sumOf = (bytes: Uint8Array) => atOnce(checksum(bytes));

it.each([
  ["", 0],
  ["test", 0xba6bd213],
  ["hello", 0x248bfa47],
  ["hello, world", 0x149bbb7f],
  ["The quick brown fox jumps over the lazy dog", 0x2e4ff723],
])("MurmurHash3 of %j", (text, expected) => {
  expect(sumOf(toUtf8(text))).toBe(expected);
});

it("does not depend on where the bytes lie, nor on the length of a step", () => {
  const long = Uint8Array.from({ length: 1_000_003 }, (_, i) => (i * 7) & 255);
  const shifted = new Uint8Array(long.length + 1);
  shifted.set(long, 1);
  expect(sumOf(shifted.subarray(1))).toBe(sumOf(long));
});

it("tells any byte that has changed, and any that is missing", () => {
  const content = fc.uint8Array({ minLength: 1, maxLength: 100 });
  fc.assert(
    fc.property(content, fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, pick, flip) => {
      const damaged = bytes.slice();
      const at = pick % bytes.length;
      damaged[at] = (damaged[at] as number) ^ flip;
      expect(sumOf(damaged)).not.toBe(sumOf(bytes));
      expect(sumOf(bytes.subarray(0, -1))).not.toBe(sumOf(bytes));
    }),
  );
});
