import { describe, expect, it } from "vitest";
import { type SimulationResult, simulate } from "../../scripts/sim/simulate.ts";
import { Watch } from "../../scripts/sim/watch.ts";
import { type Mutant, mutants } from "./mutants.ts";

/** Of one run, unless the mutant needs another. */
const DURATION_MS = 60_000;
/** A bug that takes more seeds than these to be found is as good as not found. */
const MAX_SEEDS = 30;

async function infected(
  { infect, scenario = {}, durationMs = DURATION_MS }: Mutant,
  seed: number,
): Promise<SimulationResult> {
  const cure = infect();
  try {
    return await simulate({ seed, durationMs, scenario });
  } finally {
    cure();
  }
}

describe("a bug that is put in on purpose is found", () => {
  it("by each invariant that is checked", () => {
    const checked = new Watch(Date.now).invariants;
    expect(new Set(mutants.map(({ invariant }) => invariant))).toEqual(new Set(checked));
  });

  it.each(mutants)("$name", async (mutant) => {
    for (let seed = 1; seed <= MAX_SEEDS; seed++) {
      const { violation, ranMs } = await infected(mutant, seed);
      if (violation === null) continue;
      expect(violation.invariant).toBe(mutant.invariant);
      // The same run without the bug, to where it was found.
      const healthy = await simulate({ seed, durationMs: ranMs, scenario: mutant.scenario ?? {} });
      expect(healthy.violation).toBeNull();
      return;
    }
    expect.fail(`not found in ${MAX_SEEDS} seeds`);
  });
});
