import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  CALM_MS,
  isTooMuch,
  noStance,
  type Reading,
  RISE_AFTER_MS,
  ranked,
  stepLevel,
} from "../../../../src/shield/mitigation/level.ts";
import { type DefenceLevel, defenceLevels } from "../../../../src/table/defence.ts";

const pressed: Reading = { isAttacked: true, isPressed: true, most: "block", least: "observe", mayLimit: true };
const held: Reading = { ...pressed, isPressed: false };
const calm: Reading = { ...held, isAttacked: false };

/** Looks each second; gives when which level was reached. */
function follow(readings: readonly (readonly [Reading, seconds: number])[], start = 0) {
  let stance = noStance(start);
  const changes: [atSeconds: number, DefenceLevel][] = [];
  let now = start;
  for (const [reading, seconds] of readings)
    for (let i = 0; i < seconds; i++, now += 1000) {
      const { stance: next, move } = stepLevel(stance, reading, now);
      if (move !== null) changes.push([(now - start) / 1000, next.level]);
      stance = next;
    }
  return changes;
}

describe("the level", () => {
  it("is limit at once, and one sharper for each ten seconds that too much gets through", () => {
    expect(follow([[pressed, 60]])).toEqual([
      [0, "limit"],
      [10, "challenge"],
      [20, "block"],
    ]);
  });

  it("stays where what gets through is little", () => {
    expect(follow([[held, 600]])).toEqual([[0, "limit"]]);
    // Each time it begins anew.
    const waves = Array.from({ length: 40 }, (_, i) => [i % 2 === 0 ? pressed : held, 9] as const);
    expect(follow(waves)).toEqual([[0, "limit"]]);
  });

  it("is eased by one for each minute of calm", () => {
    expect(
      follow([
        [pressed, 21],
        [calm, 300],
      ]),
    ).toEqual([
      [0, "limit"],
      [10, "challenge"],
      [20, "block"],
      [81, "challenge"],
      [141, "limit"],
      [201, "observe"],
    ]);
  });

  it("is eased more slowly each time that it had to be sharpened again", () => {
    expect(
      follow([
        [pressed, 1],
        [calm, 61],
        [pressed, 1],
        [calm, 200],
      ]),
    ).toEqual([
      [0, "limit"],
      [61, "observe"],
      [62, "limit"],
      [63 + 120, "observe"],
    ]);
  });

  it("meets what comes back after easing at once, and sharpens the level that was left only when too much gets through", () => {
    expect(
      follow([
        [pressed, 11],
        [calm, 61],
        [pressed, 11],
      ]),
    ).toEqual([
      [0, "limit"],
      [10, "challenge"],
      [71, "limit"],
      [82, "challenge"],
    ]);
    // What is no longer allowed, and is again, is no easing.
    expect(
      follow([
        [pressed, 1],
        [{ ...pressed, most: "observe" }, 1],
        [pressed, 20],
      ]),
    ).toEqual([
      [0, "limit"],
      [1, "observe"],
      [11, "limit"],
      [21, "challenge"],
    ]);
  });

  it("is never more than is allowed, and falls at once to what is", () => {
    expect(
      follow([
        [{ ...pressed, most: "challenge" }, 60],
        [{ ...pressed, most: "limit" }, 5],
        [{ ...held, most: "observe" }, 60],
      ]),
    ).toEqual([
      [0, "limit"],
      [10, "challenge"],
      [60, "limit"],
      [65, "observe"],
    ]);
  });

  it("is a challenge at once where a ban waits for a person, if that is allowed", () => {
    expect(follow([[{ ...held, least: "challenge" }, 60]])).toEqual([[0, "challenge"]]);
    expect(follow([[{ ...held, least: "challenge", most: "limit" }, 60]])).toEqual([[0, "limit"]]);
    expect(
      follow([
        [held, 20],
        [{ ...held, least: "challenge" }, 60],
      ]),
    ).toEqual([
      [0, "limit"],
      [20, "challenge"],
    ]);
  });

  it("is a challenge or nothing where there may be no limit", () => {
    const all: Reading = { ...pressed, most: "challenge", least: "challenge", mayLimit: false };
    expect(
      follow([
        [all, 60],
        [{ ...all, isAttacked: false }, 120],
      ]),
    ).toEqual([
      [0, "challenge"],
      [120, "observe"],
    ]);
    expect(
      follow([
        [held, 20],
        [all, 20],
      ]),
    ).toEqual([
      [0, "limit"],
      [20, "observe"],
      [30, "challenge"],
    ]);
  });

  it("does not change because a clock was set back: all times begin anew", () => {
    let { stance } = stepLevel(noStance(1_000_000), pressed, 1_000_000);
    ({ stance } = stepLevel(stance, pressed, 1_009_000));
    const back = stepLevel(stance, pressed, 500_000);
    expect([back.move, back.stance.changedAt, back.stance.pressedSince]).toEqual([null, 500_000, 500_000]);
    expect(stepLevel(back.stance, pressed, 509_999).move).toBeNull();
    expect(stepLevel(back.stance, pressed, 510_000).move).toBe("sharpen");
  });

  it("never flaps faster than its constants, whatever is read and whenever", () => {
    const reading = fc.record({
      isAttacked: fc.boolean(),
      isPressed: fc.boolean(),
      most: fc.constant("block" as const),
      least: fc.constantFrom("observe" as const, "observe" as const, "challenge" as const),
      mayLimit: fc.constant(true),
    });
    const step = fc.tuple(reading, fc.integer({ min: -20_000, max: 90_000 }), fc.integer({ min: 1, max: 40 }));
    let moves = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let now = 1e9;
        let stance = noStance(now);
        // Time that has passed by a clock that is never set back.
        let passed = 0;
        let changedAt: number | null = null;
        let wasEased = false;
        for (const [each, waitMs, times] of steps)
          for (let i = 0; i < times; i++) {
            now += waitMs;
            passed += Math.max(0, waitMs);
            const before = stance.level;
            const { stance: next, move } = stepLevel(stance, each, now);
            stance = next;
            if (move === null) {
              expect(next.level).toBe(before);
              continue;
            }
            moves += 1;
            const since: number = changedAt === null ? Number.POSITIVE_INFINITY : passed - changedAt;
            const by = ranked(next.level) - ranked(before);
            if (move === "ease") {
              expect(by).toBe(-1);
              expect(since).toBeGreaterThanOrEqual(CALM_MS);
            } else {
              expect(by).toBeGreaterThan(0);
              if (!wasEased) expect(since).toBeGreaterThanOrEqual(RISE_AFTER_MS);
            }
            wasEased = move === "ease";
            changedAt = passed;
          }
      }),
      { numRuns: 300 },
    );
    expect(moves).toBeGreaterThan(300);
  });

  it.each([
    [100, 25, false],
    [100, 26, true],
    [0, 10, false],
    [0, 11, true],
  ])("of %i expected, %i too many are too much: %s", (expected, excess, is) => {
    expect(isTooMuch(excess, expected)).toBe(is);
  });

  it("knows its order", () => expect(defenceLevels.map(ranked)).toEqual([0, 1, 2, 3]));
});
