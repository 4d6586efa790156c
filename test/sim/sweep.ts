import { expect, it } from "vitest";
import { simulate } from "../../scripts/sim/simulate.ts";

/** How long each seed runs, in virtual time. */
const DURATION_MS = 45_000;
const SEEDS_PER_TEST = 25;

/** Runs many short seeds; two files share them, so that they run side by side. */
export function sweep(from: number, to: number): void {
  const starts = Array.from(
    { length: Math.ceil((to - from + 1) / SEEDS_PER_TEST) },
    (_, i) => from + i * SEEDS_PER_TEST,
  );
  it.each(starts)("25 seeds from %i", async (start) => {
    for (let seed = start; seed < start + SEEDS_PER_TEST && seed <= to; seed++) {
      const { violation, transcript } = await simulate({ seed, durationMs: DURATION_MS });
      const story = violation && [...transcript.last(30), violation.invariant, violation.evidence].join("\n");
      expect(story, `npm run sim -- --seed ${seed} --seconds ${DURATION_MS / 1000} --trace`).toBeNull();
    }
  });
}
