import { expect, it } from "vitest";
import { simulate } from "../../scripts/sim/simulate.ts";

/** Seeds that have found a bug of the production code, by what it was. */
const found: readonly [name: string, seed: number][] = [
  ["a retry went to a backend that had been ejected since the decision", 81],
  ["a second retry went to a backend that the first one's failure had ejected", 70],
];

it.each(found)("no more: %s (seed %i)", async (_, seed) => {
  const { violation } = await simulate({ seed, durationMs: 60_000 });
  expect(violation).toBeNull();
});
