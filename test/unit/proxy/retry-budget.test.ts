import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MIN_RETRIES_PER_SECOND, RetryBudget } from "../../../src/proxy/retry-budget.ts";

/** Retries of a quiet service within the window of ten seconds. */
const FLOOR = MIN_RETRIES_PER_SECOND * 10;
/** The real clock is far from zero. */
const start = Date.UTC(2100, 0, 1);

function budgetAfter(requests: number): RetryBudget {
  const budget = new RetryBudget();
  for (let i = 0; i < requests; i++) budget.request(start);
  return budget;
}

/** How many retries can be taken at once. */
function takeAll(budget: RetryBudget, percent: number, now: number): number {
  let taken = 0;
  while (taken < 10_000 && budget.take(percent, now)) taken += 1;
  return taken;
}

describe("the retry budget", () => {
  it.each([
    [0, 20, FLOOR],
    [1000, 20, FLOOR + 200],
    [1000, 100, FLOOR + 1000],
    [1000, 0, FLOOR],
    [4, 20, FLOOR + 1],
    [5, 20, FLOOR + 1],
    [6, 20, FLOOR + 2],
  ])("%i requests, %d %%: %i retries", (requests, percent, retries) => {
    expect(takeAll(budgetAfter(requests), percent, start)).toBe(retries);
  });

  it("fills again as the window passes, a second at a time", () => {
    const budget = budgetAfter(0);
    expect(takeAll(budget, 20, start)).toBe(FLOOR);
    expect(takeAll(budget, 20, start + 9999)).toBe(0);
    expect(takeAll(budget, 20, start + 10_000)).toBe(FLOOR);
    expect(takeAll(budget, 20, start + 3_600_000)).toBe(FLOOR);
  });

  it("is full after any pause of ten seconds or more", () => {
    for (let seconds = 10; seconds <= 30; seconds++) {
      const budget = budgetAfter(1000);
      takeAll(budget, 20, start);
      expect(takeAll(budget, 20, start + seconds * 1000), `${seconds} s`).toBe(FLOOR);
    }
  });

  it("a refusal costs nothing", () => {
    const budget = budgetAfter(0);
    takeAll(budget, 20, start);
    expect(takeAll(budget, 20, start + 5000)).toBe(0);
    expect(takeAll(budget, 20, start + 10_000)).toBe(FLOOR);
  });

  it("a clock that goes back neither throws nor fills it", () => {
    const budget = budgetAfter(0);
    takeAll(budget, 20, start);
    expect(takeAll(budget, 20, start - 60_000)).toBe(0);
    budget.request(start - 60_000);
    expect(takeAll(budget, 20, start)).toBe(1);
  });

  it("agrees with a list of all that happened", () => {
    const steps = fc.record({
      afterMs: fc.integer({ min: 0, max: 4000 }),
      requests: fc.nat(300),
      retries: fc.nat(150),
    });
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 30 }), fc.integer({ min: 0, max: 100 }), (script, percent) => {
        const budget = new RetryBudget();
        const requests: number[] = [];
        const retries: number[] = [];
        let now = start;
        const recent = (times: number[]) =>
          times.filter((at) => Math.floor(at / 1000) > Math.floor(now / 1000) - 10).length;
        for (const step of script) {
          now += step.afterMs;
          for (let i = 0; i < step.requests; i++) {
            budget.request(now);
            requests.push(now);
          }
          for (let i = 0; i < step.retries; i++) {
            const allowed = recent(retries) < (recent(requests) * percent) / 100 + FLOOR;
            expect(budget.take(percent, now)).toBe(allowed);
            if (allowed) retries.push(now);
          }
        }
      }),
      { numRuns: 50 },
    );
  });
});
