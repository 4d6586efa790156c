import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../../../src/base/random.ts";
import { Detector, detectorStateSchema, type Judgement } from "../../../../src/shield/anomaly/detector.ts";
import { requestsASecond, type Sensitivity } from "../../../../src/shield/anomaly/sensitivity.ts";

const START = Date.UTC(2026, 10, 2);
const SECOND = 1000;
const DAY_S = 86_400;

type Row = readonly [at: number, value: number];

/** Normal noise around what is expected of each observation. */
function noisy(count: number, mean: (i: number) => number, sigma: number, intervalMs = SECOND, seed = 1): Row[] {
  const random = new Random([seed, 5, 8]);
  return Array.from({ length: count }, (_, i): Row => {
    const normal = Math.sqrt(-2 * Math.log(1 - random.unit())) * Math.cos(2 * Math.PI * random.unit());
    return [START + i * intervalMs, mean(i) + sigma * normal];
  });
}

function judge(rows: readonly Row[], sensitivity: Partial<Sensitivity> = {}): Judgement[] {
  const detector = new Detector(sensitivity);
  return rows.map(([at, value]) => detector.observe(at, value));
}

/** The places at which events began. */
const onsetsOf = (judgements: readonly Judgement[]): number[] =>
  judgements.flatMap((each, i) => (isInEvent(each) && !isInEvent(judgements[i - 1]) ? [i] : []));

const isInEvent = (judgement: Judgement | undefined): boolean =>
  judgement !== undefined && judgement.event !== null && judgement.event.end !== "gap";

const endsOf = (judgements: readonly Judgement[]) =>
  judgements.flatMap(({ event }) => (event !== null && event.end !== "open" ? [event.end] : []));

const during = (from: number, until: number, then: number, usual: number) => (i: number) =>
  i >= from && i < until ? then : usual;

describe("a detector", () => {
  it.each<[string, number, "above" | "below"]>([
    ["a flood", 200, "above"],
    ["a silence", 0, "below"],
  ])("holds %s together from its first seconds until it ends", (_, then, direction) => {
    const judgements = judge(noisy(3000, during(2000, 2300, then, 100), 10), requestsASecond);
    const [onset = Number.NaN, ...others] = onsetsOf(judgements);
    expect(others).toEqual([]);
    expect(onset).toBeGreaterThanOrEqual(2000);
    expect(onset).toBeLessThan(2005);
    expect(judgements.slice(onset, 2300).every(isInEvent)).toBe(true);
    expect(judgements.at(-1)?.event).toBeNull();
    const last = judgements.findLast(({ event }) => event !== null)?.event;
    expect(last).toMatchObject({ end: "calm", direction, startedAt: START + onset * SECOND });
    expect(last?.lastAt).toBeLessThan(START + 2400 * SECOND);
  });

  it("scores the onset of an event higher than its course", () => {
    const scores = judge(noisy(2300, during(2000, 2300, 160, 100), 10), requestsASecond).map(({ score }) => score);
    expect(Math.max(...scores.slice(2000, 2005))).toBeGreaterThan(Math.max(...scores.slice(2005, 2300)));
  });

  it("is not taught by attacks: the tenth is found as soon as the first", () => {
    const attackEach = (i: number) => (i >= 2000 && i % 600 < 60 ? 170 : 100);
    const onsets = onsetsOf(judge(noisy(8000, attackEach, 10), requestsASecond));
    expect(onsets).toHaveLength(10);
    for (const onset of onsets) expect(onset % 600).toBeLessThan(5);
  });

  it("accepts a step that lasts, and is quiet from then on", () => {
    const judgements = judge(
      noisy(9000, (i) => (i < 2000 ? 100 : 160), 8),
      requestsASecond,
    );
    expect(onsetsOf(judgements)).toHaveLength(1);
    expect(endsOf(judgements)).toEqual(["accepted"]);
    expect(judgements.at(-1)?.expected).toBeCloseTo(160, -1);
  });

  it("gets used to what comes every hour where minutes are counted", () => {
    const rows = noisy(4 * 1440, (i) => (i > 1440 && i % 60 === 0 ? 160 : 100), 3, 60_000);
    const onsets = onsetsOf(judge(rows));
    expect(onsets[0]).toBe(1500);
    expect(onsets.filter((onset) => onset > 2 * 1440).length).toBeLessThan(5);
  });

  it("takes several seconds to tell, unless they are far out, and one minute", () => {
    const spike = (height: number, count: number, interval: number) =>
      onsetsOf(judge(noisy(1200, during(1000, 1000 + count, 100 + height, 100), 5, interval), { counts: false }));
    const within = (onsets: number[]) => onsets.filter((onset) => onset >= 1000 && onset < 1010).length;
    expect([within(spike(40, 1, SECOND)), within(spike(40, 4, SECOND)), within(spike(200, 1, SECOND))]).toEqual([
      0, 1, 1,
    ]);
    expect(within(spike(40, 1, 60 * SECOND))).toBe(1);
  });

  it("holds floods of a second every 5 s together, each of which might be chance", () => {
    const pulsing = (i: number) => (i >= 2000 && i < 2300 && i % 5 === 0 ? 165 : 100);
    const judgements = judge(noisy(2400, pulsing, 10), requestsASecond);
    const [onset = Number.NaN, ...others] = onsetsOf(judgements);
    expect(others).toEqual([]);
    expect(onset).toBeGreaterThanOrEqual(2010);
    expect(onset).toBeLessThanOrEqual(2060);
    expect(judgements.slice(onset, 2290).every(isInEvent)).toBe(true);
    expect(endsOf(judgements)).toEqual(["calm"]);
  });

  it("takes two such seconds, or one every half minute, for chance, and for one what lasts", () => {
    const seldom = (i: number) => ((i >= 2000 && i % 30 === 0) || i === 2005 ? 165 : 100);
    expect(onsetsOf(judge(noisy(4000, seldom, 10), requestsASecond))).toEqual([]);
    const lasting = judge(noisy(2300, during(2000, 2060, 165, 100), 10), requestsASecond);
    expect(lasting.filter(({ recurs }) => recurs)).toEqual([]);
  });

  it.each([700, 2000])("finds weak floods of a second every 7 s in a series of %i s", (age) => {
    const pulsing = (i: number) => (i >= age && (i - age) % 7 === 0 ? 175 : 100);
    const seeds = Array.from({ length: 10 }, (_, seed) => seed);
    const found = seeds.filter((seed) => {
      const onsets = onsetsOf(judge(noisy(age + 60, pulsing, 10, SECOND, seed), requestsASecond));
      return onsets.some((onset) => onset >= age);
    });
    expect(found).toEqual(seeds);
  });

  it("takes floods of a second that never end for one event, and for usual once that is accepted", () => {
    const pulsing = (i: number) => (i >= 11_000 ? 160 : i >= 3000 && i % 15 === 0 ? 220 : 100);
    const judgements = judge(noisy(11_010, pulsing, 10), requestsASecond);
    const [onset = Number.NaN, ...others] = onsetsOf(judgements);
    expect(onset).toBeGreaterThanOrEqual(3000);
    expect(onset).toBeLessThan(3060);
    expect(endsOf(judgements)).toContain("accepted");
    expect(others.length).toBeLessThan(4);
    expect(others.filter((other) => other > 9000 && other < 11_000)).toEqual([]);
    expect(judgements.slice(11_000, 11_005).some(({ event }) => event?.direction === "above")).toBe(true);
  });

  it("finds a silence between floods that come again and again", () => {
    const pulsing = (i: number) => (i < 2000 ? 100 : i >= 2300 ? 0 : i % 5 === 0 ? 220 : 100);
    const judgements = judge(noisy(2320, pulsing, 10), requestsASecond);
    expect(judgements[2299]?.event).toMatchObject({ end: "open", direction: "above" });
    expect(judgements[2319]?.event).toMatchObject({ end: "open", direction: "below" });
  });

  it("knows the noise of a step that it has accepted", () => {
    const runs = Array.from({ length: 5 }, (_, seed) => {
      const after = noisy(11_000, () => 400, 40, SECOND, seed + 50).slice(3000);
      return judge([...noisy(3000, () => 100, 10, SECOND, seed), ...after], requestsASecond);
    });
    expect(runs.map((run) => endsOf(run)[0])).toEqual(runs.map(() => "accepted"));
    expect(runs.flatMap((run) => onsetsOf(run).slice(1))).toEqual([]);
  });

  it("finds a level that has crept away, though each step was expected after the last", () => {
    const creeping = (i: number) => 100 + (i < 2000 ? 0 : (i - 2000) * 0.5);
    const [onset = Number.NaN] = onsetsOf(judge(noisy(2300, creeping, 10, 60_000), { counts: false }));
    expect(onset).toBeGreaterThanOrEqual(2000);
  });

  it("is not taught by a slow ramp once it knows the day", () => {
    const start = (2.5 * DAY_S) / 10;
    const ramp = (i: number) => (i < start ? 1000 : 1000 + ((i - start) / 360) * 3000);
    const judgements = judge(noisy(start + 360, ramp, 30, 10 * SECOND), requestsASecond);
    const onset = onsetsOf(judgements).find((each) => each >= start);
    expect(onset).toBeGreaterThanOrEqual(start);
    expect(onset).toBeLessThan(start + 90);
    expect(judgements.at(-1)?.expected).toBeLessThan(1300);
  });

  it("knows the day: its peak is no anomaly, and the same at night is", () => {
    const day = (i: number) => 100 + 80 * Math.sin((2 * Math.PI * (i % 288)) / 288);
    const rows = noisy(288 * 6, day, 3, 300_000).map(
      ([at, value], i): Row => [at, i >= 1656 && i < 1660 ? 180 : value],
    );
    const onsets = onsetsOf(judge(rows)).filter((onset) => onset > 288 * 4);
    expect(onsets.filter((onset) => Math.abs((onset % 288) - 72) < 36)).toEqual([]);
    expect(onsets.filter((onset) => onset >= 1656 && onset < 1660)).toHaveLength(1);
  });

  it("calls little of noise an anomaly where days are counted", () => {
    const anomalies = judge(noisy(3000, () => 100, 5, 24 * 3_600_000)).filter(({ anomaly }) => anomaly);
    expect(anomalies.length).toBeLessThan(3000 / 100);
  });

  it("does not act before its age, nor on little volume", () => {
    expect(onsetsOf(judge(noisy(600, during(300, 400, 900, 100), 10), requestsASecond))).toEqual([]);
    expect(onsetsOf(judge(noisy(2000, during(1500, 1600, 9, 1), 0.1), requestsASecond))).toEqual([]);
  });

  it.each([0, 45, -1e9, 1e-200])("is quiet about a constant %d, and not about its end", (value) => {
    const rows = noisy(500, during(400, 420, value + Math.max(1, Math.abs(value)), value), 0);
    const judgements = judge(rows, { counts: false });
    expect(onsetsOf(judgements)).toEqual([400]);
    expect(judgements.slice(0, 400).every(({ score }) => score < 1e-9)).toBe(true);
  });

  it.each([
    ["at once", 0],
    ["after five quiet seconds", 5],
  ])("takes a flood that follows a silence %s for an event of its own, each as bad as it is itself", (_, quietS) => {
    const from = 2015 + quietS;
    const valueAt = (i: number) => (i < 2000 ? 100 : i < 2015 ? 2 : i < from ? 100 : 1500);
    const judgements = judge(noisy(from + 300, valueAt, 10), requestsASecond);
    expect(judgements[from - 1]?.event).toMatchObject({ end: "open", direction: "below", severity: "major" });
    expect(judgements[from]?.event).toMatchObject({ direction: "above", startedAt: START + from * SECOND });
    expect(judgements.at(-1)?.event).toMatchObject({ direction: "above", startedAt: START + from * SECOND });
  });

  it("finds the silence that follows a flood, each as bad as it is itself", () => {
    const vanishing = (i: number) => (i < 2000 ? 100 : i < 2030 ? 150 : 0);
    const judgements = judge(noisy(2200, vanishing, 10), requestsASecond);
    const floods = judgements.flatMap(({ event }) => (event?.direction === "above" ? [event] : []));
    expect(floods.at(-1)).toMatchObject({ end: "calm", severity: "minor" });
    expect(judgements.at(-1)?.event).toMatchObject({ end: "open", direction: "below" });
  });

  it("holds what swings above and below together, and accepts it in the end", () => {
    const swinging = (i: number) => (i < 2000 ? 100 : i % 4 < 2 ? 300 : 0);
    const judgements = judge(noisy(5610, swinging, 5), requestsASecond);
    expect(new Set(judgements.slice(2000, 5500).map(({ event }) => event?.startedAt)).size).toBe(1);
    expect(endsOf(judgements)).toEqual(["accepted"]);
  });

  it("ends an event at a gap, and takes what comes after it for no neighbour", () => {
    const rows = noisy(2100, during(2000, 2100, 200, 100), 10);
    const after = noisy(100, () => 100, 10, SECOND, 2).map(([at, value]): Row => [at + 10_000_000, value]);
    const judgements = judge([...rows, ...after], requestsASecond);
    expect(endsOf(judgements)).toEqual(["gap"]);
    expect(judgements.slice(2100).some(isInEvent)).toBe(false);
  });

  it("takes a clock that is set back, or stands still, for one that stands still", () => {
    const rows = noisy(2000, () => 100, 10);
    const still = rows.map(([at, value], i): Row => [i < 1000 ? at : START + 999 * SECOND, value]);
    const back = rows.map(([at, value], i): Row => [i < 1000 ? at : START - i * DAY_S, value]);
    expect(judge(back)).toEqual(judge(still));
  });

  it("refuses a state that is none", () => {
    expect(() => new Detector({}, { ...new Detector().state(), seen: -1 })).toThrow();
  });
});

/** Series with steps, at any interval, and with gaps and clocks that go back. */
const anyRows = fc
  .array(
    fc.tuple(
      fc.oneof(
        { weight: 20, arbitrary: fc.integer({ min: 1, max: 5000 }) },
        { weight: 1, arbitrary: fc.integer({ min: -100_000, max: 1e9 }) },
      ),
      fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 90, max: 110 }) },
        { weight: 1, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) },
      ),
    ),
    { minLength: 1, maxLength: 200 },
  )
  .map((steps) => {
    let at = START;
    return steps.map(([passed, value]): Row => {
      at += passed;
      return [at, value];
    });
  });

describe("whatever the series, a detector", () => {
  it("judges a row by those before it alone", () => {
    fc.assert(
      fc.property(anyRows, fc.nat(), (rows, cut) => {
        const length = cut % (rows.length + 1);
        expect(judge(rows.slice(0, length))).toEqual(judge(rows).slice(0, length));
      }),
    );
  });

  it("goes on from its state, written down and read again, as if nothing had been", () => {
    fc.assert(
      fc.property(anyRows, fc.nat(), (rows, cut) => {
        const place = cut % rows.length;
        let detector = new Detector();
        const judgements = rows.map(([at, value], i) => {
          if (i === place) {
            const stored = detectorStateSchema.parse(JSON.parse(JSON.stringify(detector.state())));
            detector = new Detector({}, stored);
          }
          return detector.observe(at, value);
        });
        expect(judgements).toEqual(judge(rows));
      }),
      { numRuns: 30 },
    );
  });

  it("scores from 0 to 1", () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        for (const { score } of judge(rows)) {
          expect(score).toBeGreaterThanOrEqual(0);
          expect(score).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it("does not mind the unit, a power of two", () => {
    fc.assert(
      fc.property(anyRows, fc.integer({ min: -20, max: 20 }), (rows, power) => {
        const scaled = rows.map(([at, value]): Row => [at, value * 2 ** power]);
        const seen = (of: readonly Row[]) => judge(of, { counts: false }).map(({ score, anomaly }) => [score, anomaly]);
        expect(seen(scaled)).toEqual(seen(rows));
      }),
    );
  });

  it("does not mind the zero, as long as noise is more than rounding", () => {
    fc.assert(
      fc.property(fc.integer({ min: -500, max: 500 }), fc.nat(), (shift, seed) => {
        const rows = noisy(300, during(200, 210, 400, 100), 20, SECOND, seed);
        const shifted = rows.map(([at, value]): Row => [at, value + shift]);
        expect(onsetsOf(judge(shifted))).toEqual(onsetsOf(judge(rows)));
      }),
      { numRuns: 30 },
    );
  });
});
