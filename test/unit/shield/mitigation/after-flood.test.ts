import { expect, it, vi } from "vitest";
import { matches } from "../../../../src/shield/mitigation/match.ts";
import type { Defence } from "../../../../src/table/defence.ts";
import { floodReport } from "../reports.ts";
import { Feed, type Stream, traits } from "../traffic/world.ts";
import { Shield } from "./shield.ts";

// Half an hour of traffic is judged in each.
vi.setConfig({ testTimeout: 60_000 });

const MINUTE_S = 60;

const pick = <T>(from: readonly T[], i: number): T => from[i % from.length] as T;
/** 38 requests a second of 60 clients, each of a network of its own, with the waves that people make. */
const ordinary = (i: number): Stream[] =>
  Array.from({ length: 60 }, (_, client) => ({
    rate: 0.63 * (1 + 0.15 * Math.sin(i / 25) + 0.5 * Math.sin((i + 31 * client) / 40)),
    traits: {
      client: `91.${client % 7}.${client}.9`,
      country: pick(["DE", "FR", "US", "GB"], client),
      asn: 3000 + (client % 9),
      pathClass: pick(["/", "/api/v1/me", "/api/v1/orders", "/login"], client >> 1),
      agentFamily: pick(["chrome", "safari", "firefox"], client >> 2),
    },
  }));
const flood: Stream = {
  rate: 400,
  traits: { client: "203.0.113.50", country: "BR", asn: 64500, agentFamily: "curl", pathClass: "/api/v1/me" },
};
const isOfFlood = (defence: Defence | null): boolean =>
  defence?.signatures.some(({ match }) => matches(match, traits(flood.traits))) === true;

class World {
  readonly feed = new Feed();
  readonly shield = new Shield();
  /** Ordinary requests that a defence met. */
  met = 0;

  run(seconds: number, streams: (i: number) => readonly Stream[], meanwhile?: (now: number) => void): void {
    for (let i = 0; i < seconds; i++) {
      const second = this.feed.second;
      const reports = this.feed.run(1, () => streams(second));
      const now = this.feed.second * 1000 + 2000;
      for (const report of reports) this.shield.take(report, now);
      meanwhile?.(now);
      this.shield.look(now);
      const { defence } = this.shield;
      for (const { rate, traits: each } of ordinary(second))
        if (defence?.signatures.some(({ match }) => matches(match, traits(each)))) this.met += rate;
    }
  }
}

it("a flood that is banned leaves a signature that meets no ordinary request, and meets the flood when it returns", () => {
  const world = new World();
  world.run(10 * MINUTE_S, ordinary);
  expect(world.shield.open).toBeNull();
  world.run(12, (i) => [...ordinary(i), flood]);
  expect(isOfFlood(world.shield.defence)).toBe(true);
  for (let round = 0; round < 30; round++) {
    // By turns so soon that the attack goes on, and so late that it is another.
    world.run(round % 2 === 0 ? 25 : MINUTE_S, ordinary);
    expect(world.met).toBe(0);
    world.run(3, (i) => [...ordinary(i), flood]);
    expect(isOfFlood(world.shield.defence)).toBe(true);
    expect(world.met).toBe(0);
  }
  world.run(20 * MINUTE_S, ordinary);
  expect([world.met, world.shield.defence, world.shield.open]).toEqual([0, null, null]);
});

it("what only a region sees afterwards neither keeps nor extends the defence", () => {
  const world = new World();
  world.run(10 * MINUTE_S, ordinary);
  world.run(12, (i) => [...ordinary(i), flood]);
  const levels: string[] = [];
  world.run(5 * MINUTE_S, ordinary, (now) => {
    // A new one each minute and a half, with a pause between.
    const since = now % 90_000;
    const state = since < 60_000 ? ("ongoing" as const) : ("ended" as const);
    const id = `moved-${Math.floor(now / 90_000)}`;
    const figures = { expected: 0.4, actual: 16, severity: "critical" as const, sigmas: 40 };
    world.shield.take(floodReport({ id, scope: "us-east-1", at: now, startedAt: now, state, ...figures }), now);
    const level = world.shield.defence?.level ?? "observe";
    if (level !== levels.at(-1)) levels.push(level);
  });
  expect(world.met).toBe(0);
  expect(levels.at(-1)).toBe("observe");
  expect(levels).toEqual([...new Set(levels)]);
  expect(world.shield.open?.record).toMatchObject({ peak: { actual: 16, regions: ["us-east-1"] } });
  world.run(12, (i) => [...ordinary(i), flood]);
  expect(world.shield.open?.record.peak.regions).toEqual([]);
  expect(isOfFlood(world.shield.defence)).toBe(true);
});
