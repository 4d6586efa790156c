import { expect, it } from "vitest";
import { RegionCounts } from "../../../src/health/region-counts.ts";
import { READING_MS, RECENT_MS, RegionWindow } from "../../../src/health/region-window.ts";

const REGION = "eu-west-1";
const NOW = 1_000_000_000;

function rows(answers: number, failures = 0) {
  const counts = new RegionCounts();
  for (let i = 0; i < answers; i++) counts.count(REGION, 40, false);
  for (let i = 0; i < failures; i++) counts.count(REGION, 0, true);
  return counts.rows();
}

it("a reading holds what came in its time, and its newest part apart", () => {
  const window = new RegionWindow();
  window.add(rows(1), NOW - READING_MS);
  window.add(rows(10, 10), NOW - READING_MS + 1000);
  window.add(rows(100), NOW - RECENT_MS + 1000);
  expect(window.readings(NOW).get(REGION)).toMatchObject({
    requests: 120,
    failures: 10,
    recent: { requests: 100, failures: 0 },
  });
  expect(window.readings(NOW + READING_MS).get(REGION)).toBeUndefined();
  expect(window.readings(NOW).size).toBe(0);
});

it("what is of a time that has not come is forgotten: the clock was set back", () => {
  const window = new RegionWindow();
  window.add(rows(5), NOW);
  expect(window.readings(NOW - 60_000).size).toBe(0);
  expect(window.readings(NOW).size).toBe(0);
});
