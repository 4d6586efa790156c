import { describe, expect, it } from "vitest";
import { Random } from "../../../../src/base/random.ts";
import { Lending } from "./lending.ts";

const roundTrips = [2, 20, 60, 100];

describe("a slow limit with a large burst", () => {
  it.each(roundTrips)("refuses no burst that its bucket holds, with %i ms to its owner and back", (roundTripMs) => {
    const spec = { rate: 10, periodSeconds: 60, burst: 100 };
    const road = { delayMs: () => roundTripMs / 2, loss: 0, duplication: 0 };
    const lending = new Lending(spec, 1, road, new Random([1, 2, 3]));
    const answers: string[] = [];
    const bursts = 8;
    for (let burst = 0; burst < bursts; burst++) {
      for (let i = 0; i < 9; i++) {
        answers.push(lending.request(0));
        lending.tick(30);
      }
      lending.tick(5000);
    }
    expect(answers).not.toContain("over");
    expect(lending.passed).toHaveLength(answers.length);
    // Less than half as many calls as requests, though the first of a burst ask one by one.
    expect(lending.asks).toBeLessThanOrEqual(answers.length / 2);
  });
});

describe("loans of a slow limit", () => {
  const spec = { rate: 60, periodSeconds: 60, burst: 60 };
  const road = { delayMs: () => 20, loss: 0, duplication: 0 };

  it("serve several requests each, to one who keeps the limit", () => {
    const lending = new Lending(spec, 1, road, new Random([1, 2, 3]));
    for (let i = 0; i < 200; i++) {
      lending.request(0);
      lending.tick(2000);
    }
    expect(lending.passed).toHaveLength(200);
    expect(lending.asks).toBeLessThanOrEqual(200 / 3);
  });

  it("leave something for another edge", () => {
    const lending = new Lending(spec, 2, road, new Random([1, 2, 3]));
    for (let i = 0; i < 20; i++) {
      lending.request(0);
      lending.tick(200);
    }
    for (let i = 0; i < 10; i++) {
      lending.request(1);
      lending.tick(200);
    }
    expect(lending.passed).toHaveLength(30);
  });

  it("come back when they are given up, and what was spent of them begins to come again", () => {
    const lending = new Lending(spec, 1, road, new Random([1, 2, 3]));
    const send = (times: number) => {
      for (let i = 0; i < times; i++) {
        lending.request(0);
        lending.tick(100);
      }
    };
    send(20);
    expect(lending.passed).toHaveLength(20);
    lending.tick(2000);
    expect(lending.isolates[0]?.borrower.owesWord).toBe(true);
    lending.release(0);
    lending.tick(14_000);
    send(100);
    expect(lending.passed.length).toBeGreaterThanOrEqual(60 + 14 + 8);
  });
});
