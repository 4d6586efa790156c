import { expect, it } from "vitest";
import { faultOf, type RegionFigures } from "../../../src/failover/gate.ts";

const figures = (requests: number, errorRate: number, p95Ms: number): RegionFigures => ({ requests, errorRate, p95Ms });
const rest = [figures(1000, 0.01, 100), figures(3000, 0.01, 120)];

it.each<[string, RegionFigures | undefined, readonly RegionFigures[], string | null]>([
  ["a region like the others", figures(100, 0.01, 110), rest, null],
  ["one that fails more often", figures(100, 0.05, 110), rest, "5.0 % of its requests fail, of the others' 1.0 %"],
  ["one that is slower", figures(100, 0, 400), rest, "its p95 is 400 ms, the others' 115 ms"],
  ["one that is slower, and fast all the same", figures(100, 0, 240), rest, null],
  ["one without enough requests", figures(19, 1, 9000), rest, null],
  ["one that nobody has seen", undefined, rest, null],
  [
    "one that fails with nobody to compare with",
    figures(100, 0.5, 900),
    [],
    "50.0 % of its requests fail, of the others' 0.0 %",
  ],
  ["one that fails as all do", figures(100, 0.5, 100), [figures(100, 0.5, 100)], null],
])("%s", (_, region, others, fault) => {
  expect(faultOf(region, others)).toBe(fault);
});
