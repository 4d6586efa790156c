import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type BackendStanding, EVIDENCE_MS, stepChecks } from "../../../src/failover/checks-trigger.ts";
import { stepErrors } from "../../../src/failover/errors-trigger.ts";
import { type Hold, noHold, PAUSE_MS, SILENCE_MS } from "../../../src/failover/hold.ts";
import { stepLatency } from "../../../src/failover/latency-trigger.ts";
import { noTriggers, stepTriggers } from "../../../src/failover/region-triggers.ts";
import type { RegionReading } from "../../../src/health/region-window.ts";
import { type FailoverSettings, failoverSettingsSchema } from "../../../src/table/failover-settings.ts";

const start = Date.UTC(2026, 10, 23);
const settings: FailoverSettings = failoverSettingsSchema.parse({});

/** `recent` is like the whole, unless it is told. */
function reading(requests: number, failures: number, p95Ms: number | null = 40, recent: Partial<RegionReading> = {}) {
  const figures = { requests, failures, p95Ms };
  return { ...figures, recent: { ...figures, ...recent } } satisfies RegionReading;
}

const fine = reading(1000, 1);
const bad = reading(1000, 100);
const slow = reading(1000, 0, 900);

type Step = (hold: Hold, seen: RegionReading | null, now: number) => { hold: Hold; fired: boolean };
const errors: Step = (hold, seen, now) => {
  const { hold: next, progress } = stepErrors(hold, seen, settings, now);
  return { hold: next, fired: progress.fired };
};
const latency: Step = (hold, seen, now) => {
  const { hold: next, progress } = stepLatency(hold, seen, settings, now);
  return { hold: next, fired: progress.fired };
};

/** Looks once a second; the second at which it first fires, or `null`. */
function firesAt(step: Step, script: readonly (readonly [RegionReading | null, seconds: number])[]): number | null {
  let hold = noHold;
  let second = 0;
  for (const [seen, seconds] of script) {
    for (let i = 0; i < seconds; i++) {
      const looked = step(hold, seen, start + second * 1000);
      hold = looked.hold;
      if (looked.fired) return second;
      second += 1;
    }
  }
  return null;
}

describe("errors", () => {
  it.each<[string, readonly (readonly [RegionReading | null, number])[], number | null]>([
    ["does not fire while nothing is wrong", [[fine, 300]], null],
    ["fires when too many fail for a minute", [[bad, 300]], 60],
    ["does not fire a second before", [[bad, 60]], null],
    [
      "does not add up what is interrupted",
      [
        [bad, 50],
        [fine, 1],
        [bad, 50],
      ],
      null,
    ],
    ["counts just five percent as in bounds", [[reading(1000, 50), 300]], null],
    ["needs its volume", [[reading(49, 49), 300]], null],
    ["takes just that volume", [[reading(50, 50), 300]], 60],
    [
      "has ended when the newest part is fine",
      [
        [bad, 59],
        [reading(1000, 100, 40, { failures: 0 }), 5],
      ],
      null,
    ],
    [
      "goes on where the newest part is too small to tell",
      [
        [bad, 59],
        [reading(1000, 100, 40, { requests: 3, failures: 0 }), 5],
      ],
      60,
    ],
    [
      "bridges a gap",
      [
        [bad, 40],
        [null, s(SILENCE_MS)],
        [bad, 1],
      ],
      70,
    ],
    [
      "does not fire in it",
      [
        [bad, 40],
        [null, s(SILENCE_MS)],
      ],
      null,
    ],
    [
      "does not bridge a longer one",
      [
        [bad, 40],
        [null, s(SILENCE_MS) + 1],
        [bad, 30],
      ],
      null,
    ],
    [
      "knows nothing without traffic",
      [
        [null, 1000],
        [reading(0, 0, null), 1000],
      ],
      null,
    ],
  ])("%s", (_, script, second) => {
    expect(firesAt(errors, script)).toBe(second);
  });

  it("is off without a bound", () => {
    const { progress } = stepErrors(noHold, bad, { ...settings, errorPercent: null }, start);
    expect(progress).toMatchObject({ since: null, fired: false, detail: "off" });
  });

  it("takes its bound and its time from the table", () => {
    const own = { ...settings, errorPercent: 20, errorSeconds: 10 };
    expect(stepErrors(noHold, bad, own, start).progress.since).toBeNull();
    const { hold } = stepErrors(noHold, reading(1000, 300), own, start);
    expect(stepErrors(hold, reading(1000, 300), own, start + 10_000).progress).toMatchObject({
      fired: true,
      detail: "30 % of 1000 requests in 20 s failed; 20 % may",
    });
  });
});

describe("latency", () => {
  it.each<[string, readonly (readonly [RegionReading | null, number])[], number | null]>([
    ["does not fire while answers are fast", [[fine, 300]], null],
    ["fires when they are slow for two minutes", [[slow, 300]], 120],
    ["counts just half a second as in bounds", [[reading(1000, 0, 500), 300]], null],
    ["needs its volume", [[reading(49, 0, 900), 300]], null],
    [
      "has ended when the newest part is fine",
      [
        [slow, 119],
        [reading(1000, 0, 900, { p95Ms: 40 }), 5],
      ],
      null,
    ],
    ["says nothing of what fails only", [[reading(1000, 1000, null), 300]], null],
  ])("%s", (_, script, second) => {
    expect(firesAt(latency, script)).toBe(second);
  });

  it("is off without a bound", () => {
    expect(stepLatency(noHold, slow, { ...settings, latencyMs: null }, start).progress.detail).toBe("off");
  });
});

describe("checks", () => {
  const standing = (change: Partial<BackendStanding> = {}): BackendStanding => ({
    id: "a",
    status: "down",
    since: start - 5000,
    confidence: "full",
    suspectedAt: null,
    ...change,
  });
  const unsure = standing({ confidence: "low" });

  it.each<[string, readonly BackendStanding[], RegionReading | null, boolean]>([
    ["fires when all are down", [standing(), standing()], null, true],
    ["does not while one is up", [standing(), standing({ status: "up" })], null, false],
    ["nor while one is not known", [standing(), standing({ status: "unknown" })], null, false],
    ["nor without a backend", [], null, false],
    ["waits for the edges where too few vantages say so", [standing(), unsure], null, false],
    ["is agreed to by a suspicion", [standing(), { ...unsure, suspectedAt: start - EVIDENCE_MS }], null, true],
    ["not by an old one", [{ ...unsure, suspectedAt: start - EVIDENCE_MS - 1 }], null, false],
    ["not by one of a time that has not come", [{ ...unsure, suspectedAt: start + EVIDENCE_MS + 1 }], null, false],
    ["is agreed to by requests of which most fail", [unsure], reading(100, 51), true],
    ["not by half of them", [unsure], reading(100, 50), false],
    ["not by too few requests", [unsure], reading(49, 49), false],
  ])("%s", (_, backends, seen, fired) => {
    expect(stepChecks(backends, seen, settings, start).fired).toBe(fired);
  });

  it("waits for further checks where the table asks for more than three", () => {
    const five = { ...settings, checks: 5 };
    const at = (afterMs: number) => stepChecks([standing({ since: start })], null, five, start + afterMs).fired;
    expect([at(0), at(19_999), at(20_000)]).toEqual([false, false, true]);
  });

  it("holds since the last of them went down, and never since a time that has not come", () => {
    const backends = [standing({ since: start - 9000 }), standing({ since: start - 1000 })];
    expect(stepChecks(backends, null, settings, start).since).toBe(start - 1000);
    expect(stepChecks([standing({ since: start + 9000 })], null, settings, start).since).toBe(start);
  });

  it("is off where the table says so", () => {
    expect(stepChecks([standing()], null, { ...settings, checks: null }, start)).toMatchObject({
      fired: false,
      detail: "off",
    });
  });

  it("comes before the others", () => {
    const evidence = { backends: [standing()], reading: bad };
    const before = { ...noTriggers, errors: { since: start - 60_000, seenAt: start - 1000, at: start - 1000 } };
    const { fired, progress } = stepTriggers(before, evidence, settings, start);
    expect(progress.map((each) => each.fired)).toEqual([true, true, false]);
    expect(fired).toEqual({ kind: "checks", since: start - 5000, detail: "its one backend is down" });
  });
});

describe("whatever the clock does", () => {
  it.each([
    ["is set back", -1],
    ["is set back by an hour", -3_600_000],
    ["jumps ahead", PAUSE_MS + 1],
  ])("a trigger begins anew when it %s", (_, jumpMs) => {
    let hold = noHold;
    for (let second = 0; second < 60; second++) hold = errors(hold, bad, start + second * 1000).hold;
    const jumped = errors(hold, bad, start + 59_000 + jumpMs);
    expect([jumped.fired, jumped.hold.since]).toEqual([false, start + 59_000 + jumpMs]);
  });

  const readings = fc.oneof(
    fc.constant(null),
    fc
      .record({ requests: fc.nat(120), share: fc.double({ min: 0, max: 1, noNaN: true }), p95Ms: fc.nat(2000) })
      .map(({ requests, share, p95Ms }) => reading(requests, Math.floor(requests * share), p95Ms)),
  );
  const story = fc.array(fc.tuple(readings, fc.integer({ min: -2000, max: 40_000 })), { maxLength: 100 });

  it.each([
    ["errors", errors, 60_000, (seen: RegionReading) => seen.failures / seen.requests > 0.05],
    ["latency", latency, 120_000, (seen: RegionReading) => (seen.p95Ms ?? 0) > 500],
  ] as const)("%s never fires below its volume, its bound or its time", (_, step, neededMs, isOver) => {
    fc.assert(
      fc.property(story, (looks) => {
        let hold = noHold;
        let now = start;
        let okAt = start;
        for (const [seen, stepMs] of looks) {
          now += stepMs;
          const looked = step(hold, seen, now);
          hold = looked.hold;
          const isBad = seen !== null && seen.requests >= settings.minRequests && isOver(seen);
          const isFine = seen !== null && seen.requests >= settings.minRequests && !isOver(seen);
          if (isFine || stepMs < 0) okAt = now;
          if (looked.fired) {
            expect(isBad).toBe(true);
            expect(now - okAt).toBeGreaterThanOrEqual(neededMs);
          }
        }
      }),
    );
  });
});

function s(ms: number): number {
  return ms / 1000;
}
