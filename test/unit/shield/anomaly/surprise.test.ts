import { describe, expect, it } from "vitest";
import { isAnomaly, newSurprise, scoreOf } from "../../../../src/shield/anomaly/surprise.ts";

const BAR = 10;
const quiet = (rarity: number): number => scoreOf(newSurprise(), rarity, BAR);

describe("a score", () => {
  it("is that of an anomaly from the bar on", () => {
    expect(quiet(BAR)).toBe(0.5);
    expect([isAnomaly(quiet(BAR)), isAnomaly(quiet(BAR * 0.999))]).toEqual([true, false]);
  });

  it("ranks what is rarer higher, however rare, and never reaches 1", () => {
    const scores = [0, 1e-3, 1, BAR, 20, 1e3, 1e6, 5e7].map(quiet);
    expect(scores).toEqual([...new Set(scores)].sort((a, b) => a - b));
    expect(scores[0]).toBe(0);
    expect(scores.at(-1)).toBeLessThan(1);
  });

  it("takes twice as much just after an anomaly, and half as much more fifty observations later", () => {
    const isToldAfter = (calm: number, rarity: number) => {
      const surprise = newSurprise();
      scoreOf(surprise, BAR, BAR);
      for (let i = 0; i < calm; i++) scoreOf(surprise, 0, BAR);
      return isAnomaly(scoreOf(surprise, rarity, BAR));
    };
    expect([isToldAfter(0, 1.99 * BAR), isToldAfter(0, 2 * BAR)]).toEqual([false, true]);
    expect([isToldAfter(50, 1.49 * BAR), isToldAfter(50, 1.51 * BAR)]).toEqual([false, true]);
  });
});
