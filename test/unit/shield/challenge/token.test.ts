import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clearanceClaim, tokenClaim } from "../../../../src/shield/challenge/holder.ts";
import { hasLeadingZeros } from "../../../../src/shield/challenge/proof.ts";
import { lifetimeSeconds, taskOf } from "../../../../src/shield/challenge/task.ts";
import { decodeToken, encodeToken, type Token } from "../../../../src/shield/challenge/token.ts";
import { UsedNonces } from "../../../../src/shield/challenge/used-nonces.ts";
import { mitigationSchema } from "../../../../src/table/mitigation-settings.ts";

const token: fc.Arbitrary<Token> = fc.record({
  service: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,62}$/),
  task: fc.oneof(
    fc.record({ kind: fc.constant("proof-of-work" as const), bits: fc.integer({ min: 1, max: 24 }) }),
    fc.constant({ kind: "turnstile" as const }),
  ),
  expiresAt: fc.nat(99_999_999_999),
  clearanceSeconds: fc.integer({ min: 10, max: 86_400 }),
  nonce: fc.stringMatching(/^[0-9a-f]{32}$/),
});

describe("a token", () => {
  it("is read as it was written", () => {
    fc.assert(
      fc.property(token, (one) => {
        expect(decodeToken(encodeToken(one))).toEqual(one);
      }),
    );
  });

  it.each([".", "api.p16.1.1", `api.p16.1.1.${"0".repeat(31)}`, `API.p16.1.1.${"0".repeat(32)}`, "x".repeat(201)])(
    "is not %s",
    (text) => {
      expect(decodeToken(text)).toBe(null);
    },
  );

  it("has a claim of its own for each host, network and agent, and none that a clearance has", () => {
    const text = fc.string({ maxLength: 20 });
    const one = fc.record({ body: text, host: text, network: text, agent: text });
    const claim = ({ body, host, ...holder }: { body: string; host: string; network: string; agent: string }) =>
      tokenClaim(body, host, holder);
    fc.assert(
      fc.property(one, one, (a, b) => {
        expect(claim(a) === claim(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
        expect(claim(a)).not.toBe(clearanceClaim(a.body, 1, a));
      }),
    );
  });
});

describe("a proof", () => {
  it("begins with as many zero bits as the hash has", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 24 }), (text, bits) => {
        const hash = createHash("sha256").update(text).digest();
        const leading = [...hash].map((byte) => byte.toString(2).padStart(8, "0")).join("");
        expect(hasLeadingZeros(hash, bits)).toBe(leading.startsWith("0".repeat(bits)));
      }),
    );
  });

  it.each([
    [[0, 0, 0, 0], 24, true],
    [[0, 0, 255, 255], 16, true],
    [[0, 1, 0, 0], 16, false],
    [[0, 1, 0, 0], 15, true],
    [[128, 0, 0, 0], 1, false],
    [[], 1, false],
  ])("%j has %i: %s", (bytes, bits, has) => {
    expect(hasLeadingZeros(Uint8Array.from(bytes), bits)).toBe(has);
  });
});

describe("a task", () => {
  it("is the service's, and a puzzle where Turnstile cannot be verified", () => {
    const puzzle = mitigationSchema.parse({ challenge: { kind: "proof-of-work", bits: 20 } });
    const widget = mitigationSchema.parse({ challenge: { kind: "turnstile", siteKey: "0x4" } });
    expect(taskOf(puzzle, false)).toEqual({ kind: "proof-of-work", bits: 20 });
    expect(taskOf(widget, true)).toEqual({ kind: "turnstile", siteKey: "0x4" });
    expect(taskOf(widget, false)).toEqual({ kind: "proof-of-work", bits: 16 });
  });

  it("may be handed in for a minute or two, and for longer where it is harder", () => {
    const seconds = [1, 16, 20, 24].map((bits) => lifetimeSeconds({ kind: "proof-of-work", bits }));
    expect(seconds).toEqual([91, 92, 122, 594]);
  });
});

describe("nonces", () => {
  it("are used once, and the oldest is forgotten when there is no room", () => {
    const used = new UsedNonces(2);
    expect(["a", "a", "b", "b", "c", "b", "a"].map((nonce) => used.use(nonce))).toEqual([
      true,
      false,
      true,
      false,
      true,
      false,
      true,
    ]);
  });
});
