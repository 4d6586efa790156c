import { describe, expect, it } from "vitest";
import { Random } from "../../../../src/base/random.ts";
import { REFUSED_WITHIN_S, Refusals } from "../../../../src/shield/traffic/refusals.ts";
import { LATE_MS, TrafficDetector } from "../../../../src/shield/traffic/traffic-detector.ts";
import { REGION, SERVICE, START_S } from "./world.ts";

const secondOf = (second: number, blocked: number, cells: Readonly<Record<string, number>>) => ({
  second,
  blocked,
  services: [
    {
      service: SERVICE,
      cells: Object.entries(cells).map(([result, requests]) => ({ region: REGION, result, requests })),
      samples: [],
      clients: [],
    },
  ],
});

describe("what was refused", () => {
  it("is summed by how, without what was served or failed elsewhere", () => {
    const refusals = new Refusals();
    refusals.add(secondOf(START_S, 3, { "2xx": 100, "5xx": 1, limited: 7, shed: 2, "forward-failed": 9 }));
    refusals.add(secondOf(START_S + 1, 1, { limited: 5, challenged: 4 }));
    expect(refusals.until(START_S + 1)).toEqual({ blocked: 4, limited: 12, shed: 2, challenged: 4 });
    expect(refusals.until(START_S)).toEqual({ blocked: 3, limited: 7, shed: 2 });
  });

  it("is that of a minute, whether or not anything follows", () => {
    const refusals = new Refusals();
    refusals.add(secondOf(START_S, 3, {}));
    const last = START_S + REFUSED_WITHIN_S - 1;
    expect(refusals.until(last)).toEqual({ blocked: 3 });
    expect(refusals.until(last + 1)).toEqual({});
    refusals.add(secondOf(last, 2, {}));
    expect(refusals.until(last)).toEqual({ blocked: 5 });
  });

  it("is told by a detector of the seconds that it has judged", () => {
    const detector = new TrafficDetector({
      scope: "global",
      random: new Random([1, 2, 3]),
      leastAgeSeconds: 120,
      now: START_S * 1000,
    });
    // The first second that it is told of is judged by nobody.
    for (const second of [START_S, START_S + 1]) detector.add([secondOf(second, 3, { limited: 5 })]);
    const now = (START_S + 2) * 1000 + LATE_MS;
    expect(detector.refusedUntil(now)).toEqual({});
    detector.judge(now);
    expect(detector.refusedUntil(now)).toEqual({ blocked: 3, limited: 5 });
    expect(detector.refusedUntil(now + REFUSED_WITHIN_S * 1000)).toEqual({});
  });
});
