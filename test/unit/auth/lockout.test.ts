import fc from "fast-check";
import { expect, it } from "vitest";
import {
  type Attempts,
  addressLimits,
  beginAttempt,
  FORGIVEN_MS,
  lockedUntil,
  principalLimits,
} from "../../../src/auth/lockout.ts";

const NOW = 1_000_000_000;

/** So many failures in a row, all at one time. */
function failures(count: number, now = NOW): Attempts | null {
  let attempts: Attempts | null = null;
  for (let i = 0; i < count; i++) attempts = beginAttempt(attempts, now);
  return attempts;
}

it.each([
  ["no failure", 0, 0, 0],
  ["three", 3, 0, 0],
  ["four", 4, 1000, 1000],
  ["five", 5, 2000, 2000],
  ["nine", 9, 32_000, 32_000],
  ["ten, where a principal waits longest", 10, 60_000, 64_000],
  ["thirteen", 13, 60_000, 512_000],
  ["fourteen, where an address waits longest", 14, 60_000, 900_000],
  ["a thousand", 1000, 60_000, 900_000],
])("after %s the delay is right", (_name, count, principalMs, addressMs) => {
  const attempts = failures(count);
  const delay = (until: number) => Math.max(0, until - NOW);
  expect(delay(lockedUntil(attempts, NOW, principalLimits))).toBe(principalMs);
  expect(delay(lockedUntil(attempts, NOW, addressLimits))).toBe(addressMs);
});

it("forgives a failure in ten minutes, and all in the end", () => {
  const attempts = failures(5);
  expect(beginAttempt(attempts, NOW + 599_999).failures).toBe(6);
  expect(beginAttempt(attempts, NOW + 600_000).failures).toBe(5);
  expect(beginAttempt(failures(1000), NOW + FORGIVEN_MS).failures).toBe(1);
});

it("locks nobody out for longer than its limit, however often and whenever they try", () => {
  const tries = fc.array(fc.integer({ min: 0, max: 1_000_000 }), { maxLength: 100 });
  fc.assert(
    fc.property(tries, fc.constantFrom(principalLimits, addressLimits), (gaps, limits) => {
      let now = NOW;
      let attempts: Attempts | null = null;
      for (const gap of gaps) {
        now += gap;
        if (now >= lockedUntil(attempts, now, limits)) attempts = beginAttempt(attempts, now);
        const until = lockedUntil(attempts, now, limits);
        expect(until - now).toBeLessThanOrEqual(limits.maxDelayMs);
      }
    }),
  );
});
