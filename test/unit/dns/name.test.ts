import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  absolute,
  isWithin,
  labelBytes,
  labelsOf,
  type Name,
  parentOf,
  parseName,
  ROOT,
  wireLength,
} from "../../../src/dns/name.ts";
import { WireReader } from "../../../src/dns/wire/reader.ts";
import { WireWriter } from "../../../src/dns/wire/writer.ts";
import { name } from "./zones.ts";

const origin = name("example.com");

describe("parseName", () => {
  it.each([
    ["www", "www.example.com"],
    ["WWW.Example.ORG.", "www.example.org"],
    ["@", "example.com"],
    [".", "."],
    ["*", "*.example.com"],
    ["a\\.b.c", "a\\.b.c.example.com"],
    ["\\097\\066", "ab.example.com"],
    ["tab\\009", "tab\\009.example.com"],
    ["\\@", "\\@.example.com"],
    ["a\\\\.b", "a\\\\.b.example.com"],
    ["é.", "\\195\\169"],
    ["a;b.", "a\\;b"],
  ])("reads %s", (text, read) => {
    expect(parseName(text, origin)).toEqual({ ok: true, value: read });
  });

  it.each([
    ["", "a name is empty"],
    ["a..b", "a label is empty: a..b"],
    [".a", "a label is empty: .a"],
    ["..", "a label is empty: .."],
    ["\\", "\\ needs a character or three digits up to 255 after it: \\"],
    ["\\25", "\\ needs a character or three digits up to 255 after it: \\25"],
    ["\\256", "\\ needs a character or three digits up to 255 after it: \\256"],
    ["x".repeat(64), `a label has more than 63 octets: ${"x".repeat(60)}`],
    [`${"x.".repeat(121)}x`, "a name has more than 255 octets"],
  ])("refuses %s", (text, error) => {
    expect(parseName(text, origin)).toEqual({ ok: false, error });
  });

  it("takes 255 octets", () => {
    const longest = parseName("x.".repeat(127));
    expect(longest.ok && wireLength(longest.value)).toBe(255);
    expect(parseName(`${"x.".repeat(127)}x.`).ok).toBe(false);
  });
});

describe("any name", () => {
  const labels = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 8 });

  it("comes back from the wire as it was written, in lower case, and its parts fit together", () => {
    fc.assert(
      fc.property(labels, (parts) => {
        const wire = Uint8Array.from([...parts.flatMap((part) => [part.length, ...part]), 0]);
        const read = new WireReader(wire).name();
        expect(parseName(absolute(read), origin)).toEqual({ ok: true, value: read });
        expect(wireLength(read)).toBe(wire.length);
        expect(labelsOf(read)).toHaveLength(parts.length);
        expect(labelsOf(read).map((label) => labelBytes(label).length)).toEqual(parts.map(({ length }) => length));
        expect(read === ROOT ? [] : [labelsOf(read)[0], ...labelsOf(parentOf(read))]).toEqual(labelsOf(read));
        const writer = new WireWriter(1000);
        writer.plainName(read);
        const lower = wire.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte));
        // A length of 65 to 90 would look like a capital, but labels have up to 63 bytes.
        expect(writer.finish()).toEqual(lower);
      }),
    );
  });
});

it.each([
  ["www.example.com", "example.com"],
  ["a\\.b.com", "com"],
  ["com", "."],
  [".", "."],
])("the parent of %s is %s", (below, above) => {
  expect(parentOf(below as Name)).toBe(above);
});

describe("isWithin", () => {
  it.each([
    ["a.example.com", "example.com", true],
    ["example.com", "example.com", true],
    ["example.com", ".", true],
    ["badexample.com", "example.com", false],
    ["com", "example.com", false],
    ["a\\.example.com", "example.com", false],
    ["a\\\\.example.com", "example.com", true],
    [".example.com", "example.com", false],
  ])("%s in %s: %s", (below, above, expected) => {
    expect(isWithin(below as Name, above as Name)).toBe(expected);
  });
});
