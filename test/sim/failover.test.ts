import { expect, it } from "vitest";
import type { Scenario } from "../../scripts/sim/scenario.ts";
import { simulate } from "../../scripts/sim/simulate.ts";

const DURATION_MS = 300_000;
/** Whoever carries a failover out may die; by then it is undone. */
const MAX_RUN_MS = 200_000;

const scenario: Partial<Scenario> = {
  failovers: true,
  regions: ["us-east-1", "us-west-2", "ca-central-1", "eu-west-1", "eu-central-1"],
  nodesPerRegion: 1,
  faults: ["region-lost", "object-restart", "rough-weather", "alarm-twice", "partition"],
  faultEveryMs: 6000,
  changeEveryMs: 10_000,
};

it.each([1, 2, 3, 4])("failovers among faults end, and bring no traffic where none may go (seed %i)", async (seed) => {
  const { violation, failovers, ranMs } = await simulate({ seed, durationMs: DURATION_MS, scenario });
  expect(violation).toBeNull();
  expect(failovers.some(({ events }) => events.length > 0)).toBe(true);
  const end = Math.max(...failovers.map(({ requestedAt }) => requestedAt), 0) + ranMs - DURATION_MS;
  const stuck = failovers.filter(({ status, requestedAt }) => status === "running" && end - requestedAt > MAX_RUN_MS);
  expect(stuck).toEqual([]);
  expect(failovers.some(({ status }) => status === "returned")).toBe(true);
});
