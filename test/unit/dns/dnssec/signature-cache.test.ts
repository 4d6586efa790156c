import { expect, it } from "vitest";
import { SignatureCache } from "../../../../src/dns/dnssec/signature-cache.ts";

const rrsig = Uint8Array.of(1);
const LATER = 1000;

it("gives a signature until it is to be renewed", () => {
  const cache = new SignatureCache();
  cache.keep("data", "www", rrsig, LATER);
  expect(cache.find("data", "www", LATER - 1)).toBe(rrsig);
  expect(cache.find("denial", "www", 0)).toBeNull();
  expect(cache.find("data", "www", LATER)).toBeNull();
  expect(cache.find("data", "www", 0)).toBeNull();
});

it("forgets what was used least recently, and of each kind its own", () => {
  const cache = new SignatureCache();
  cache.keep("data", "www", rrsig, LATER);
  cache.keep("denial", "first", rrsig, LATER);
  cache.keep("denial", "second", rrsig, LATER);
  for (let i = 0; i < 4095; i++) {
    cache.find("denial", "first", 0);
    cache.keep("denial", `invented ${i}`, rrsig, LATER);
  }
  expect(cache.size).toBeLessThanOrEqual(4097);
  expect(cache.find("data", "www", 0)).toBe(rrsig);
  expect(cache.find("denial", "first", 0)).toBe(rrsig);
  expect(cache.find("denial", "second", 0)).toBeNull();
});

it("keeps nothing long", () => {
  const cache = new SignatureCache();
  cache.keep("data", "x".repeat(1025), rrsig, LATER);
  expect(cache.size).toBe(0);
});
