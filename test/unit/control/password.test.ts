import { randomBytes, timingSafeEqual } from "node:crypto";
import { expect, it } from "vitest";
import { hashPassword, isPassword } from "../../../workers/control/auth/password.ts";
import { stretch } from "../../../workers/control/auth/scrypt.ts";

const deps = {
  stretch,
  randomBytes: (length: number) => new Uint8Array(randomBytes(length)),
  sameBytes: (a: ArrayBuffer, b: ArrayBuffer) => timingSafeEqual(new Uint8Array(a), new Uint8Array(b)),
};

it("is scrypt as RFC 7914, section 12, has it", async () => {
  const cost = { costLog2: 14, blockSize: 8, parallelization: 1, keyBytes: 64 };
  const key = await stretch("pleaseletmein", new TextEncoder().encode("SodiumChloride"), cost);
  expect(Buffer.from(key).toString("hex")).toMatch(/^7023bdcb3afd7348461c06cd81fd38eb/);
});

it("is kept under a salt of its own, and known again however its accents were typed", async () => {
  const [first, second] = [await hashPassword("Zürich \u00e9", deps), await hashPassword("Zürich \u00e9", deps)];
  expect(first).toMatch(/^scrypt\$15\$8\$3\$[\w-]{22}\$[\w-]{43}$/);
  expect(first).not.toBe(second);
  expect(await isPassword("Zürich e\u0301", first, deps)).toBe(true);
  expect(await isPassword("Zürich e", first, deps)).toBe(false);
  expect(await isPassword("", null, deps)).toBe(false);
});
