import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type FailbackEffect,
  type FailbackSigns,
  type FailbackState,
  type FailbackTerms,
  RAMP,
  stepFailback,
} from "../../../src/failover/failback.ts";

const SECOND = 1000;
const automatic: FailbackTerms = {
  approval: "automatic",
  holdDownSeconds: 300,
  stepSeconds: 60,
  needsApproval: false,
};
const holding: FailbackState = { kind: "holding", healthySince: null, approvedAt: null, regressions: 0 };
const well: FailbackSigns = { isHealthy: true, fault: null };
const ill: FailbackSigns = { isHealthy: false, fault: null };
const faulty: FailbackSigns = { isHealthy: true, fault: "its errors" };

interface Told {
  readonly atSeconds: number;
  readonly words: string;
}

/** Looks once a second, and tells what was done when. */
function story(
  from: FailbackState,
  terms: FailbackTerms,
  signsAt: (seconds: number) => FailbackSigns,
  seconds: number,
) {
  const told: Told[] = [];
  let state = from;
  for (let now = 0; now <= seconds; now++) {
    const { state: next, effect } = stepFailback(state, signsAt(now), terms, now * SECOND);
    if (effect.kind !== "none") told.push({ atSeconds: now, words: wordsOf(effect) });
    state = next;
    if (effect.kind === "returned") break;
  }
  return { told, state };
}

const wordsOf = (effect: FailbackEffect) => (effect.kind === "percent" ? effect.detail : effect.kind);

describe("a region that comes back", () => {
  it("waits for the hold-down, then takes more step by step", () => {
    expect(story(holding, automatic, () => well, 1000).told).toEqual([
      { atSeconds: 300, words: "5 %: healthy for the hold-down" },
      { atSeconds: 360, words: "25 %: nothing is wrong with it" },
      { atSeconds: 420, words: "50 %: nothing is wrong with it" },
      { atSeconds: 480, words: "100 %: nothing is wrong with it" },
      { atSeconds: 540, words: "returned" },
    ]);
  });

  it("begins to wait anew whenever it is ill", () => {
    const { told } = story(holding, automatic, (now) => (now % 200 === 0 ? ill : well), 2000);
    expect(told).toEqual([]);
  });

  it("falls back to nothing when anything is wrong, and waits twice as long then", () => {
    const { told } = story(holding, automatic, (now) => (now === 400 ? faulty : well), 2000);
    expect(told.slice(0, 4)).toEqual([
      { atSeconds: 300, words: "5 %: healthy for the hold-down" },
      { atSeconds: 360, words: "25 %: nothing is wrong with it" },
      { atSeconds: 400, words: "back to 0 %: its errors" },
      { atSeconds: 1001, words: "5 %: healthy for the hold-down" },
    ]);
  });

  it("waits for a person where it must, and not for the hold-down then", () => {
    const terms = { ...automatic, needsApproval: true };
    expect(story(holding, terms, () => well, 5000).told).toEqual([]);
    const approved: FailbackState = { ...holding, approvedAt: 0 };
    expect(story(approved, terms, (now) => (now < 7 ? ill : well), 100).told).toEqual([
      { atSeconds: 7, words: "5 %: let back by a person" },
      { atSeconds: 67, words: "25 %: nothing is wrong with it" },
    ]);
  });

  it("needs to be let back again after it has fallen back", () => {
    const terms = { ...automatic, needsApproval: true };
    const { state, told } = story({ ...holding, approvedAt: 0 }, terms, (now) => (now === 10 ? ill : well), 5000);
    expect(told).toHaveLength(2);
    expect(state).toMatchObject({ kind: "holding", approvedAt: null, regressions: 1 });
  });

  it("is not held up for ever by a clock that was set back", () => {
    const ramping: FailbackState = { kind: "ramping", step: 1, since: 9_000_000, regressions: 0 };
    expect(story(ramping, automatic, () => well, 61).told).toEqual([
      { atSeconds: 60, words: "50 %: nothing is wrong with it" },
    ]);
  });

  it("never takes a step while ill, takes them in order, and comes back when it is well long enough", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(well, well, well, ill, faulty), { maxLength: 200 }), (signs) => {
        const terms = { ...automatic, holdDownSeconds: 5, stepSeconds: 2 };
        let state: FailbackState = holding;
        let percent = 0;
        const see = (sign: FailbackSigns, now: number): boolean => {
          const { state: next, effect } = stepFailback(state, sign, terms, now * SECOND);
          if (effect.kind === "percent") {
            if (effect.percent > 0) {
              expect(sign).toBe(well);
              expect(effect.percent).toBe(RAMP.find((step) => step > percent));
            }
            percent = effect.percent;
          }
          state = next;
          return effect.kind === "returned";
        };
        const end = signs.findIndex(see);
        if (end >= 0) return;
        const calm = Array.from({ length: 8000 }, (_, i) => signs.length + i);
        expect(calm.some((now) => see(well, now))).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
