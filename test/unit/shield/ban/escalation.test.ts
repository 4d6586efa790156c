import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  absolve,
  banSeconds,
  convict,
  FORGET_AFTER_MS,
  forgetsAt,
  forgive,
  isFresh,
  LONGEST_BAN_SECONDS,
  offencesAt,
  unknownOffender,
} from "../../../../src/shield/ban/escalation.ts";
import type { Evidence } from "../../../../src/shield/ban/evidence.ts";

const HOUR = 3600;
const breach = (at: number, seconds = 3): Evidence => ({
  kind: "breach",
  limit: "per-client",
  since: at - seconds * 1000,
  at,
  seconds,
  offered: 20_000,
  allowed: 10_000,
});

describe("a ban", () => {
  it.each([
    [1, HOUR],
    [2, 2 * HOUR],
    [3, 4 * HOUR],
    [8, 128 * HOUR],
    [9, LONGEST_BAN_SECONDS],
    [1_000_000, LONGEST_BAN_SECONDS],
  ])("for offence %i lasts %i s", (offence, seconds) => {
    expect(banSeconds(offence)).toBe(seconds);
  });

  it("doubles with each offence, and one is forgotten for each week of peace", () => {
    const first = convict(unknownOffender, 0);
    const second = convict(first.offender, first.offender.endsAt + 1);
    expect([first.seconds, second.seconds]).toEqual([HOUR, 2 * HOUR]);
    const { endsAt } = second.offender;
    expect(offencesAt(second.offender, endsAt + FORGET_AFTER_MS - 1)).toBe(2);
    expect(forgetsAt(second.offender, endsAt)).toBe(endsAt + FORGET_AFTER_MS);
    expect(offencesAt(second.offender, endsAt + FORGET_AFTER_MS)).toBe(1);
    expect(forgetsAt(second.offender, endsAt + FORGET_AFTER_MS)).toBe(endsAt + 2 * FORGET_AFTER_MS);
    expect(offencesAt(second.offender, endsAt + 2 * FORGET_AFTER_MS)).toBe(0);
    expect(forgetsAt(second.offender, endsAt + 2 * FORGET_AFTER_MS)).toBeNull();
    expect(convict(second.offender, endsAt + FORGET_AFTER_MS).seconds).toBe(2 * HOUR);
  });

  it("that a person lifts counts as none, and what led to it leads to none again", () => {
    const { offender } = convict(convict(unknownOffender, 0).offender, 4_000_000);
    const lifted = absolve(offender, 5_000_000);
    expect(offencesAt(lifted, 5_000_000)).toBe(1);
    // It goes on as it did before.
    expect(isFresh(lifted, breach(5_002_000, 1000), 5_002_000)).toBe(false);
    // It has ceased, and begins anew.
    expect(isFresh(lifted, breach(5_010_000), 5_010_000)).toBe(true);
    expect(convict(lifted, 5_010_000).seconds).toBe(2 * HOUR);
  });

  it("that a person has refused is not asked for again by the same evidence", () => {
    const forgiven = forgive(unknownOffender, 1000);
    expect(isFresh(forgiven, breach(3500), 3500)).toBe(false);
    expect(isFresh(forgiven, breach(5000), 5000)).toBe(true);
  });

  it("does not come of evidence that was held up, or that comes twice", () => {
    expect(isFresh(unknownOffender, breach(1000), 61_000)).toBe(true);
    expect(isFresh(unknownOffender, breach(1000), 61_001)).toBe(false);
    const { offender } = convict(unknownOffender, 10_000);
    expect(isFresh(offender, breach(10_000), 10_000)).toBe(false);
    expect(isFresh(offender, breach(9_999), 10_001)).toBe(false);
  });

  it("is never shorter than an hour nor longer than a week, and a record never grows by waiting", () => {
    const step = fc.record({
      waitMs: fc.integer({ min: -FORGET_AFTER_MS, max: 3 * FORGET_AFTER_MS }),
      lifts: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let offender = unknownOffender;
        let now = 1e12;
        for (const { waitMs, lifts } of steps) {
          const before = offencesAt(offender, now);
          now += waitMs;
          if (waitMs >= 0) expect(offencesAt(offender, now)).toBeLessThanOrEqual(before);
          expect(offencesAt(offender, now)).toBeLessThanOrEqual(offender.offences);
          const known = offencesAt(offender, now);
          const { seconds, offender: convicted } = convict(offender, now);
          expect(seconds).toBe(Math.min(HOUR * 2 ** known, LONGEST_BAN_SECONDS));
          expect(convicted.offences).toBe(known + 1);
          offender = lifts ? absolve(convicted, now) : convicted;
          if (lifts) expect(offencesAt(offender, now)).toBe(known);
        }
      }),
    );
  });
});
