import { expect, it } from "vitest";
import { VANTAGE_FAULTS } from "../../scripts/sim/faults.ts";
import type { Scenario } from "../../scripts/sim/scenario.ts";
import { simulate } from "../../scripts/sim/simulate.ts";
import { isOver } from "../../src/failover/record.ts";

const DURATION_MS = 300_000;
const STARTED_AT = Date.UTC(2030, 0, 1);
/** Whoever carries a failover out may die; by then it is undone, and the object that does so may be restarted too. */
const MAX_RUN_MS = 200_000;
/** When the last fault begins, in the runs that are to come to rest; it lasts 30 s at most. */
const CALM_AFTER_MS = 90_000;
/** Longer than a failure may last then. */
const CALM_MS = 460_000;

const scenario: Partial<Scenario> = {
  regions: ["us-east-1", "us-west-2", "ca-central-1", "eu-west-1", "eu-central-1"],
  nodesPerRegion: 1,
  faults: ["region-lost", "object-restart", "rough-weather", "alarm-twice", "partition"],
  faultEveryMs: 6000,
  changeEveryMs: 10_000,
};

it("failovers among faults end, and bring no traffic where none may go", async () => {
  const seen = new Set<string>();
  for (const seed of [1, 2, 3]) {
    const { violation, failovers } = await simulate({ seed, durationMs: DURATION_MS, scenario });
    expect(violation, `seed ${seed}`).toBeNull();
    const isStuck = (requestedAt: number) => STARTED_AT + DURATION_MS - requestedAt > MAX_RUN_MS;
    for (const { status, requestedAt, stages } of failovers) {
      expect(status === "running" && isStuck(requestedAt), JSON.stringify(stages)).toBe(false);
      seen.add(status);
    }
  }
  // Without any that went all the way this would prove little.
  expect(seen).toContain("returned");
});

it("failures among faults are over when the world has been well for a while", async () => {
  const seen = new Set<string>();
  for (const seed of [6, 7, 8]) {
    const calm = { faultsUntilMs: CALM_AFTER_MS, changeEveryMs: Number.POSITIVE_INFINITY };
    const faults = [...(scenario.faults ?? []), ...VANTAGE_FAULTS];
    const { violation, failovers } = await simulate({
      seed,
      durationMs: CALM_AFTER_MS + CALM_MS,
      scenario: { ...scenario, ...calm, faults, requestEveryMs: 1500 },
    });
    expect(violation, `seed ${seed}`).toBeNull();
    for (const record of failovers) {
      expect(isOver(record), JSON.stringify(record)).toBe(true);
      seen.add(record.status);
    }
  }
  expect([...seen]).toContain("returned");
});
