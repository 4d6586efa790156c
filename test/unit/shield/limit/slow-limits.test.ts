import { describe, expect, it } from "vitest";
import { Random } from "../../../../src/base/random.ts";
import { Lending } from "./lending.ts";

const roundTrips = [2, 20, 60, 150, 240];

describe("a slow limit with a large burst", () => {
  it.each(roundTrips)("refuses no burst that its bucket holds, with %i ms to its owner and back", (roundTripMs) => {
    const spec = { rate: 10, periodSeconds: 60, burst: 100 };
    const road = { delayMs: () => roundTripMs / 2, loss: 0, duplication: 0 };
    const lending = new Lending(spec, 1, road, new Random([1, 2, 3]));
    const answers: string[] = [];
    for (let burst = 0; burst < 8; burst++) {
      for (let i = 0; i < 9; i++) {
        answers.push(lending.request(0));
        lending.tick(30);
      }
      lending.tick(5000);
    }
    console.log(roundTripMs, lending.asks, answers.join(" "));
    expect(answers).not.toContain("over");
  });
});
