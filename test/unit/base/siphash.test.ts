import { expect, it } from "vitest";
import { toHex } from "../../../src/base/hex.ts";
import { sipHash } from "../../../src/base/siphash.ts";

/** Of the authors' reference implementation: the key is 00 to 0f, the message as many bytes from 00 on. */
const VECTORS: [number, string][] = [
  [0, "310e0edd47db6f72"],
  [1, "fd67dc93c539f874"],
  [7, "37d1018bf50002ab"],
  [8, "6224939a79f5f593"],
  [15, "e545be4961ca29a1"],
  [63, "724506eb4c328a95"],
];

it.each(VECTORS)("hashes %i bytes as the reference does", (length, hash) => {
  const upTo = (count: number) => Uint8Array.from({ length: count }, (_, i) => i);
  expect(toHex(sipHash(upTo(16), upTo(length)))).toBe(hash);
});

it("reads a message and a key that are views into others", () => {
  const bytes = Uint8Array.from({ length: 64 }, (_, i) => i - 3);
  expect(toHex(sipHash(bytes.subarray(3, 19), bytes.subarray(3, 11)))).toBe("6224939a79f5f593");
});
