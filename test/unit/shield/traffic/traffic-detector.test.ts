import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { Random } from "../../../../src/base/random.ts";
import { detectorStateSchema } from "../../../../src/shield/anomaly/detector.ts";
import { attackReportSchema } from "../../../../src/shield/attack.ts";
import { LONGEST_MS, mayBecomeUsual } from "../../../../src/shield/traffic/acceptance.ts";
import { serviceRecordSchema } from "../../../../src/shield/traffic/service-watch.ts";
import { TrafficDetector } from "../../../../src/shield/traffic/traffic-detector.ts";
import { Feed, SERVICE, START_S, type Stream, secondOf } from "./world.ts";

// Hundreds of seconds of traffic are judged in each.
vi.setConfig({ testTimeout: 60_000 });

const usual: readonly Stream[] = [
  { rate: 200, traits: { country: "DE", asn: 3320 } },
  { rate: 100, traits: { country: "FR", asn: 3215, pathClass: "/cart" } },
  { rate: 60, traits: { country: "US", asn: 7018, agentFamily: "safari" } },
  { rate: 8, traits: { country: "NL", asn: 1136, client: "198.51.100.7" } },
];
const flood: Stream = {
  rate: 400,
  traits: { country: "BR", asn: 64500, client: "192.0.2.1", agentFamily: "python" },
};

describe("a detector of traffic", () => {
  it("finds a flood within five seconds, says who and what it is, and when it is over", () => {
    const feed = new Feed();
    expect(feed.run(400, () => usual)).toEqual([]);
    const startedAt = feed.second * 1000;
    const reports = feed.run(60, () => [...usual, flood]);
    expect((reports[0]?.at ?? 0) - startedAt).toBeLessThan(5000);
    for (const report of reports) attackReportSchema.parse(report);
    const report = reports[10];
    expect(report).toMatchObject({ service: SERVICE, scope: "global", state: "ongoing", direction: "flood" });
    expect(report?.actual).toBeGreaterThan(650);
    expect(report?.expected).toBeLessThan(420);
    const explained = report?.explanations.map(({ dimension, value }) => `${dimension} ${value}`);
    expect(explained?.slice(0, 3).sort()).toEqual(["agentFamily python", "asn 64500", "country BR"]);
    expect(report?.explanations.some(({ value }) => value === "GET")).toBe(false);
    expect(report?.culprits[0]).toMatchObject({ client: "192.0.2.1", usualPerSecond: 0 });
    expect(report?.culprits[1]?.usualPerSecond).toBeGreaterThan(report?.culprits[1]?.perSecond ?? 0);
    const weight = (of: "recent" | "usual") => report?.[of].reduce((sum, each) => sum + each.weight, 0) ?? 0;
    expect(weight("recent")).toBeCloseTo(report?.actual ?? 0);
    expect(weight("usual")).toBeCloseTo(368, -2);
    expect(report?.usual.some(({ traits }) => traits.country === "BR")).toBe(false);

    expect(new Set(reports.slice(1).map(({ severityNow }) => severityNow))).toEqual(new Set(["critical"]));

    const stoppedAt = feed.second * 1000;
    const after = feed.run(90, () => usual);
    // How bad it was stays; that nothing is left of it is said as soon as no second that a report tells of has any.
    const left = after.filter(({ at }) => at - stoppedAt >= 3000);
    expect(new Set(left.map(({ severity }) => severity))).toEqual(new Set(["critical"]));
    for (const { severityNow } of left) expect(["none", "minor"]).toContain(severityNow);
    expect(left.at(-1)?.severityNow).toBe("none");
    expect(after.at(-1)?.state).toBe("ended");
    expect(after.filter(({ state }) => state === "ended")).toHaveLength(1);
    expect(after.length).toBeLessThan(40);
    expect((after.at(-1)?.lastOutAt ?? Number.POSITIVE_INFINITY) - stoppedAt).toBeLessThan(8000);
    expect(feed.ids.size).toBe(1);
    // What comes after its end is another.
    feed.run(20, () => [...usual, flood]);
    expect(feed.ids.size).toBe(2);
  });

  it("ends each of many floods within 40 s of its last request, in whatever series noise keeps an event open", () => {
    const feed = new Feed();
    feed.run(300, () => usual);
    for (let wave = 0; wave < 8; wave++) {
      feed.run(15, () => [...usual, flood]);
      const after = feed.run(60, () => usual);
      const ended = after.findIndex(({ state }) => state === "ended");
      expect(ended).toBeGreaterThanOrEqual(29);
      expect(ended).toBeLessThan(40);
    }
    expect(feed.ids.size).toBe(8);
  });

  it("holds what comes in waves together as one attack", () => {
    const feed = new Feed();
    feed.run(300, () => usual);
    feed.run(300, (i) => (i % 30 < 15 ? [...usual, flood] : usual));
    feed.run(60, () => usual);
    expect(feed.ids.size).toBe(1);
    expect(feed.reports.filter(({ state }) => state === "ended")).toHaveLength(1);
  });

  it.each([
    [1, 5],
    [1, 9],
    [1, 10],
    [2, 8],
    [3, 12],
    [1, 25],
  ])("holds pulses of %i s in every %i together as one attack that goes on", (onS, everyS) => {
    const feed = new Feed();
    const own: Stream = { rate: 40, traits: { country: "DE", asn: 3320 } };
    feed.run(300, () => [own]);
    const reports = feed.run(600, (i) => (i % everyS < onS ? [own, { ...flood, rate: 2000 }] : [own]));
    expect(feed.ids.size).toBe(1);
    expect(reports.at(-1)).toMatchObject({ state: "ongoing", direction: "flood", severity: "critical" });
    const last = reports.slice(-everyS - 3).map(({ severityNow }) => severityNow);
    expect(last).toContain("critical");
    feed.run(60, () => [own]);
    expect(feed.reports.at(-1)?.state).toBe("ended");
  });

  it.each([5, 7, 9, 10])("holds weak pulses every %i s together, too, until they end", (everyS) => {
    const feed = new Feed();
    const own: Stream = { rate: 100, traits: { country: "DE", asn: 3320 } };
    feed.run(300, () => [own]);
    const reports = feed.run(600, (i) => (i % everyS === 0 ? [own, { ...flood, rate: 90 }] : [own]));
    expect(feed.ids.size).toBe(1);
    expect(reports.length).toBeGreaterThan(560);
    expect(reports.at(-1)).toMatchObject({ state: "ongoing", direction: "flood" });
    feed.run(60, () => [own]);
    expect(feed.reports.at(-1)?.state).toBe("ended");
  });

  it.each([
    ["at once", 0],
    ["after five quiet seconds", 5],
  ])("finds a flood that follows an outage %s, within five seconds and as long as it lasts", (_, quietS) => {
    const feed = new Feed();
    const own = (times: number): Stream[] => [{ rate: 100 * times, traits: { country: "DE", asn: 3320 } }];
    feed.run(300, () => own(1));
    feed.run(15, () => own(0.02));
    feed.run(quietS, () => own(1));
    expect(feed.reports.at(-1)).toMatchObject({ direction: "silence", severity: "major" });
    const reports = feed.run(300, () => own(15));
    for (const report of reports.slice(5))
      expect(report).toMatchObject({ state: "ongoing", direction: "flood", severityNow: "critical" });
    expect(reports).toHaveLength(300);
  });

  it.each([
    [170, 3, 30],
    [175, 3, 30],
    [190, 6, 0],
  ])(
    "does not take an outage for how bad the flood after it is now: %i requests a second after %i s of %i",
    (rate, forS, left) => {
      const feed = new Feed();
      const own = (requests: number): Stream[] => [{ rate: requests, traits: { country: "DE", asn: 3320 } }];
      feed.run(300, () => own(100));
      feed.run(forS, () => own(left));
      const [first] = feed.run(30, () => own(rate)).filter(({ direction }) => direction === "flood");
      expect(first).toMatchObject({ severity: "minor", severityNow: "minor" });
    },
  );

  it("says that a flood is over which has left less traffic than there was before", () => {
    const feed = new Feed();
    feed.run(300, () => usual);
    feed.run(30, () => [...usual, flood]);
    const after = feed.run(60, () => usual.slice(1));
    const ended = after.find(({ state }) => state === "ended");
    expect(ended?.direction).toBe("flood");
    expect(((ended?.at ?? 0) - (feed.second - 60) * 1000) / 1000).toBeLessThan(40);
  });

  it("finds traffic that vanishes", () => {
    const feed = new Feed();
    feed.run(300, () => usual);
    const reports = feed.run(30, () => []);
    expect(reports[0]).toMatchObject({ direction: "silence", state: "ongoing" });
    expect((reports[0]?.at ?? 0) / 1000 - (START_S + 300)).toBeLessThan(5);
    expect(reports.at(-1)?.actual).toBe(0);
    expect(feed.run(60, () => usual).at(-1)?.state).toBe("ended");
  });

  it.each<[string, Stream]>([
    ["one that is large by itself", { rate: 160, traits: { country: "FR", asn: 3215 } }],
    ["one that was never seen", { rate: 160, traits: { country: "KP", asn: 131279 } }],
  ])("finds a flood from a country, %s, though the total hardly moves", (_, hidden) => {
    const feed = new Feed(120, null, 800);
    // Of the total it is two parts in a hundred, and less than two of its standard deviations.
    const large = [
      { rate: 7800, traits: { country: "DE", asn: 3320 } },
      { rate: 100, traits: { country: "FR", asn: 3215 } },
    ];
    expect(feed.run(500, () => large)).toEqual([]);
    const reports = feed.run(40, () => [...large, hidden]);
    expect(reports[0]?.direction).toBe("flood");
    const explained = reports[0]?.explanations.map(({ dimension, value }) => `${dimension} ${value}`);
    expect(explained).toContain(`country ${hidden.traits?.country}`);
  });

  it("is not taught by an attack: the next is found as soon, and what is usual stays so", () => {
    const feed = new Feed();
    feed.run(300, () => usual);
    for (let wave = 0; wave < 4; wave++) {
      const startedAt = feed.second;
      const reports = feed.run(120, () => [...usual, flood]);
      expect((reports[0]?.at ?? Number.POSITIVE_INFINITY) / 1000 - startedAt).toBeLessThan(5);
      expect(reports.at(-1)?.expected).toBeLessThan(420);
      expect(reports.at(-1)?.culprits[0]?.usualPerSecond).toBe(0);
      feed.run(90, () => usual);
    }
    expect(feed.ids.size).toBe(4);
  });

  it("is not taught by a slow ramp, once it knows the day", () => {
    const feed = new Feed();
    // So little that it has no series but the total: a day of all of them would take long.
    feed.run(89_000, () => [{ rate: 9, traits: { country: "DE" } }]);
    expect(feed.reports).toEqual([]);
    const reports = feed.run(3600, (i) => [
      { rate: 9, traits: { country: "DE" } },
      { rate: i / 100, traits: { country: "BR" } },
    ]);
    expect(reports.at(-1)).toMatchObject({ state: "ongoing", direction: "flood" });
    expect(reports.at(-1)?.expected).toBeLessThan(15);
    expect(reports.at(-1)?.explanations[0]).toMatchObject({ dimension: "country", value: "BR" });
    expect(feed.ids.size).toBe(1);
  });

  it("accepts a launch in the end, as one event", () => {
    const feed = new Feed(60);
    const launched = [{ rate: 400, traits: { country: "DE", asn: 3320 } }];
    feed.run(200, () => [{ rate: 200, traits: { country: "DE", asn: 3320 } }]);
    feed.run(3900, () => launched);
    expect(feed.ids.size).toBe(1);
    expect(feed.reports.at(-1)?.state).toBe("ended");
    expect(feed.run(200, () => launched)).toEqual([]);
  });

  it("accepts no flood that the shield holds back, but for a launch of which it refuses little", () => {
    const feed = new Feed(60);
    const own: Stream = { rate: 100, traits: { country: "DE", asn: 3320 } };
    const flooding = (refused: number): Stream[] => [
      own,
      { ...flood, rate: 400 * (1 - refused) },
      { ...flood, rate: 400 * refused, result: "throttled" },
    ];
    feed.run(200, () => [own]);
    feed.run(4000, (i) => flooding(i % 60 < 30 ? 0.9 : 0.1));
    expect(feed.reports.at(-1)).toMatchObject({ state: "ongoing" });
    expect(feed.reports.at(-1)?.expected).toBeLessThan(150);
    feed.run(3800, (i) => flooding(i % 600 === 0 ? 0.5 : 0.001));
    expect(feed.reports.at(-1)?.state).toBe("ended");
    expect(feed.ids.size).toBe(1);
  });

  it("takes what has lasted a day for usual, whatever was done about it", () => {
    const attack = { letBeS: 0, startedAt: START_S * 1000 };
    expect(mayBecomeUsual(attack, attack.startedAt + LONGEST_MS - 1)).toBe(false);
    expect(mayBecomeUsual(attack, attack.startedAt + LONGEST_MS)).toBe(true);
  });

  it("takes neither a backend that fails nor a region that is left for an attack", () => {
    const feed = new Feed(60);
    const served = (region: string, result: string): Stream[] => [
      { rate: 200, region: region as never, result, traits: { country: "DE" } },
    ];
    feed.run(200, () => served("eu-west-1", "2xx"));
    expect(feed.run(100, () => served("eu-west-1", "5xx"))).toEqual([]);
    expect(feed.run(100, () => served("us-east-1", "2xx"))).toEqual([]);
    const status = [...feed.detector.watches.values()][0]?.judged.filter(({ dimension }) => dimension === "region");
    expect(status?.some(({ judgement }) => judgement.event !== null)).toBe(true);
  });

  it("calls nothing an attack before it is old enough", () => {
    const feed = new Feed(300);
    feed.run(200, () => usual);
    expect(feed.run(50, () => [...usual, flood])).toEqual([]);
  });

  it("counts what comes late while a second is open, and not after", () => {
    const feed = new Feed();
    feed.run(10, () => usual);
    const late = secondOf(usual, new Random([1]));
    feed.detector.add([{ second: feed.second - 1, blocked: 0, services: [late] }]);
    expect(feed.detector.counters.late).toBe(1);
    const before = feed.detector.watches.get(SERVICE)?.judged[0]?.rate ?? 0;
    feed.detector.add([{ second: feed.second, blocked: 0, services: [late] }]);
    feed.detector.add([{ second: feed.second, blocked: 0, services: [late] }]);
    feed.detector.judge((feed.second + 3) * 1000);
    expect(feed.detector.watches.get(SERVICE)?.judged[0]?.rate).toBeGreaterThan(1.5 * before);
  });

  it("goes on when the clock is set back, and after a time away, without an alarm", () => {
    const feed = new Feed(60);
    feed.run(200, () => usual);
    for (const jump of [-7200, 4000, -30, 600]) {
      feed.second += jump;
      expect(feed.run(30, () => usual)).toEqual([]);
    }
    expect(feed.run(20, () => [...usual, flood]).length).toBeGreaterThan(10);
  });

  it("goes on from what outlived it, with the attack that was open", () => {
    const feed = new Feed(60);
    feed.run(300, () => usual);
    feed.run(10, () => [...usual, flood]);
    const memories = [...feed.detector.watches].map(([service, watch]) => ({
      service,
      record: serviceRecordSchema.parse(JSON.parse(JSON.stringify(watch.record))),
      series: new Map(
        [...watch.series.detectors()].map(([key, detector]) => [
          key,
          detectorStateSchema.parse(JSON.parse(JSON.stringify(detector.state()))),
        ]),
      ),
    }));
    const options = { scope: "global", leastAgeSeconds: 60, random: feed.random, now: feed.second * 1000 };
    const next = new Feed(60, new TrafficDetector({ ...options, memories }));
    next.second = feed.second;
    const reports = next.run(10, () => [...usual, flood]);
    expect(next.detector.seriesCount).toBe(feed.detector.seriesCount);
    expect(new Set(reports.map(({ id }) => id))).toEqual(feed.ids);
    expect(reports.at(-1)?.explanations[0]?.usualShare).toBe(0);
  });

  it("holds a bounded number of series, whatever values come", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const feed = new Feed(10);
        const random = new Random([seed]);
        const anything = () =>
          Array.from({ length: 200 }, () => ({
            rate: random.unit() * 100,
            traits: {
              country: random.hex(1).slice(0, 2),
              asn: random.word(),
              method: random.hex(1),
              pathClass: `/${random.hex(2)}`,
              agentFamily: random.hex(1),
              client: random.hex(2),
            },
            result: random.hex(1).slice(0, 1),
          }));
        feed.run(100, anything);
        const watch = feed.detector.watches.get(SERVICE);
        expect(feed.detector.seriesCount).toBeLessThanOrEqual(1 + 7 * 13);
        expect(JSON.stringify(watch?.record).length).toBeLessThan(600_000);
        serviceRecordSchema.parse(watch?.record);
      }),
      { numRuns: 2 },
    );
  });
});

it("says how much of an attack the shield let pass", () => {
  const feed = new Feed();
  feed.run(200, () => [{ rate: 100 }]);
  const reports = feed.run(10, () => [
    { rate: 150 },
    { rate: 50, result: "none-healthy" },
    { rate: 800, result: "mitigated" },
  ]);
  const last = reports.at(-1);
  expect(last?.actual).toBeGreaterThan(900);
  expect(last?.passed).toBeGreaterThan(150);
  expect(last?.passed).toBeLessThan(250);
});
