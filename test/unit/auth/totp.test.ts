import { Secret } from "otpauth";
import { describe, expect, it } from "vitest";
import { totpCode, totpSecret, totpStep, totpUri } from "../../../src/auth/totp.ts";

/** The secret of both RFCs' vectors: the ASCII text 12345678901234567890. */
const SECRET = totpSecret(new TextEncoder().encode("12345678901234567890"));
const STEP_MS = 30_000;

describe("RFC 4226, appendix D", () => {
  it.each([
    [0, "755224"],
    [1, "287082"],
    [2, "359152"],
    [3, "969429"],
    [4, "338314"],
    [5, "254676"],
    [6, "287922"],
    [7, "162583"],
    [8, "399871"],
    [9, "520489"],
  ])("counter %d has the code %s", (counter, code) => {
    expect(totpCode(SECRET, counter * STEP_MS)).toBe(code);
    expect(totpStep(SECRET, code, -1, counter * STEP_MS)).toBe(counter);
  });
});

describe("RFC 6238, appendix B, SHA-1, the last six of its eight digits", () => {
  it.each([
    [59, 1, "287082"],
    [1_111_111_109, 0x23523ec, "081804"],
    [1_111_111_111, 0x23523ed, "050471"],
    [1_234_567_890, 0x273ef07, "005924"],
    [2_000_000_000, 0x3f940aa, "279037"],
    [20_000_000_000, 0x27bc86aa, "353130"],
  ])("at second %d, step %d, the code is %s", (second, step, code) => {
    expect(totpCode(SECRET, second * 1000)).toBe(code);
    expect(totpStep(SECRET, code, 0, second * 1000)).toBe(step);
  });
});

describe("a code", () => {
  const now = 1_000_000 * STEP_MS + 12_345;
  it.each([
    [-2, null],
    [-1, 999_999],
    [0, 1_000_000],
    [1, 1_000_001],
    [2, null],
  ])("of a clock that is %d steps off stands for step %s", (skew, step) => {
    expect(totpStep(SECRET, totpCode(SECRET, now + skew * STEP_MS), 0, now)).toBe(step);
  });

  it("works once, and no older one after it", () => {
    const step = totpStep(SECRET, totpCode(SECRET, now), 0, now);
    expect(step).toBe(1_000_000);
    expect(totpStep(SECRET, totpCode(SECRET, now), step ?? 0, now)).toBeNull();
    expect(totpStep(SECRET, totpCode(SECRET, now - STEP_MS), step ?? 0, now)).toBeNull();
    expect(totpStep(SECRET, totpCode(SECRET, now + STEP_MS), step ?? 0, now)).toBe(1_000_001);
  });

  it.each(["", "12345", "1234567", "12345a", " 123456", "１２３４５６"])("is six digits, which %j is not", (code) => {
    expect(totpStep(SECRET, code, 0, now)).toBeNull();
  });

  it("of another secret does not work", () => {
    const other = totpSecret(new Uint8Array(20).fill(3));
    expect(totpStep(SECRET, totpCode(other, now), 0, now)).toBeNull();
  });
});

it("gives apps its secret in their URI", () => {
  const uri = new URL(totpUri(SECRET, "ann@example.com"));
  expect(decodeURIComponent(uri.pathname)).toContain("NovaCron:ann@example.com");
  expect(Secret.fromBase32(uri.searchParams.get("secret") ?? "").utf8).toBe("12345678901234567890");
});
