import { expect, it } from "vitest";
import type { SharedBucket } from "../../../src/shield/limit/spec.ts";
import { IsolateBuckets, MAX_RATES } from "../../../workers/edge/isolate-buckets.ts";

const NOW = 1e12;

it("a rate too many takes the place of the one used longest ago, and leaves the others as they are", () => {
  const buckets = new IsolateBuckets();
  const isPassed = (burst: number) => {
    const bucket: SharedBucket = { name: "a", rate: 1, periodSeconds: 3600, burst, whenUnreachable: "divide" };
    return buckets.spend(bucket, NOW).kind === "passed";
  };
  const rates = Array.from({ length: MAX_RATES }, (_, i) => i + 1);
  for (const burst of rates) for (let spent = 0; spent < burst; spent++) expect(isPassed(burst)).toBe(true);
  // Of all of them, the second is used longest ago now.
  expect(isPassed(1)).toBe(false);
  expect(isPassed(MAX_RATES + 1)).toBe(true);
  expect([1, ...rates.slice(2)].map(isPassed)).toEqual(Array.from({ length: MAX_RATES - 1 }, () => false));
  // Forgotten, it begins anew.
  expect(isPassed(2)).toBe(true);
});
