import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatRecoveryCode, parseRecoveryCode } from "../../../src/auth/recovery-code.ts";
import { formatSecret, secretKind } from "../../../src/auth/secret.ts";

describe("a secret", () => {
  it.each([
    ["nothing", new Uint8Array(32), `nvc_${"0".repeat(43)}`],
    ["one", new Uint8Array(32).with(31, 1), `nvc_${"0".repeat(42)}1`],
    ["62", new Uint8Array(32).with(31, 62), `nvc_${"0".repeat(41)}10`],
    ["all bits", new Uint8Array(32).fill(255), "nvc_yhjskwdA6OZ1AL1YmHWZWm8LLG7HjnuCA2j5rOw8Xp1"],
  ])("of %s", (_name, bytes, text) => {
    expect(formatSecret("token", bytes)).toBe(text);
  });

  it("is different for different bytes, and known by its prefix", () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(formatSecret("session", a) === formatSecret("session", b)).toBe(a.every((byte, i) => byte === b[i]));
        expect(secretKind(formatSecret("session", a))).toBe("session");
        expect(secretKind(formatSecret("token", a))).toBe("token");
      }),
    );
  });

  it.each([
    "",
    "nvc_",
    `nvx_${"0".repeat(43)}`,
    `nvc_${"0".repeat(42)}`,
    `nvc_${"0".repeat(44)}`,
    `nvc_${"-".repeat(43)}`,
  ])("is not %j", (text) => {
    expect(secretKind(text)).toBeNull();
  });
});

describe("a recovery code", () => {
  const bytes = Uint8Array.from([0xff, 0, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf1]);
  const code = formatRecoveryCode(bytes);

  it("is written in groups of four", () => {
    expect(code).toMatch(/^[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){3}$/);
    expect(formatRecoveryCode(new Uint8Array(10))).toBe("0000-0000-0000-0000");
    expect(formatRecoveryCode(new Uint8Array(10).fill(255))).toBe("zzzz-zzzz-zzzz-zzzz");
  });

  it.each([
    ["as given", (text: string) => text],
    ["in capitals", (text: string) => text.toUpperCase()],
    ["without hyphens", (text: string) => text.replaceAll("-", "")],
    ["with spaces", (text: string) => ` ${text.replaceAll("-", " ")} `],
    ["with letters that look like digits", (text: string) => text.replaceAll("0", "O").replaceAll("1", "l")],
  ])("is read when it is typed %s", (_name, typed) => {
    expect(parseRecoveryCode(typed(code))).toBe(code);
  });

  it.each(["", "0000", "0000-0000-0000-000u", "0000-0000-0000-0000-0"])("is not %j", (text) => {
    expect(parseRecoveryCode(text)).toBeNull();
  });
});
