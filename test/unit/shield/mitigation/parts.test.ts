import { describe, expect, it, vi } from "vitest";
import type { AttackReport } from "../../../../src/shield/attack.ts";
import { isAttackedNow } from "../../../../src/shield/mitigation/defend.ts";
import { matches } from "../../../../src/shield/mitigation/match.ts";
import { viewOf } from "../../../../src/shield/mitigation/view.ts";
import { serviceRecordSchema } from "../../../../src/shield/traffic/service-watch.ts";
import { TrafficDetector } from "../../../../src/shield/traffic/traffic-detector.ts";
import type { Traits } from "../../../../src/shield/traits.ts";
import { Feed, type Stream, traits } from "../traffic/world.ts";
import { Shield } from "./shield.ts";

// Minutes of traffic are judged in each.
vi.setConfig({ testTimeout: 60_000 });

const pick = <T>(from: readonly T[], i: number): T => from[i % from.length] as T;

/** 200 requests a second of 60 clients, two fifths of them in the US; `over` is what some of them are else. */
const usual = (over: (client: number) => Partial<Traits> = () => ({})): Stream[] =>
  Array.from({ length: 60 }, (_, client) => ({
    rate: 200 / 60,
    traits: {
      client: `91.${client % 7}.${client}.9`,
      country: pick(["DE", "FR", "US", "US", "GB"], client),
      asn: 3000 + (client % 9),
      pathClass: pick(["/", "/v1/me", "/v1/orders", "/login"], client >> 1),
      agentFamily: pick(["chrome", "safari", "firefox"], client >> 2),
      ...over(client),
    },
  }));
const withoutUs = (): Stream[] => usual().filter((stream) => stream.traits?.country !== "US");
/** With the flood, there is less while the US are out than there usually is. */
const attackers = { country: "KP", asn: 131_279, agentFamily: "curl" };
const flood: readonly Stream[] = Array.from({ length: 20 }, (_, i) => ({
  rate: 3,
  traits: { client: `203.0.${i}.50`, ...attackers },
}));

class World {
  readonly shield = new Shield();
  readonly reports: AttackReport[] = [];
  /** Ordinary requests that a defence met, and all seconds in which there was one. */
  met = 0;
  defendedS = 0;
  feed = new Feed();

  run(seconds: number, streams: () => readonly Stream[]): void {
    for (let i = 0; i < seconds; i++) {
      const sent = streams();
      const reports = this.feed.run(1, () => sent);
      const now = this.feed.second * 1000 + 2000;
      for (const report of reports) this.shield.take(report, now);
      this.reports.push(...reports);
      this.shield.look(now);
      if (this.shield.defence !== null) this.defendedS += 1;
      for (const { rate, traits: each } of sent) if (each?.country !== "KP" && this.meets(each)) this.met += rate;
    }
  }

  /** The detector starts anew with what it had stored. */
  restart(): void {
    const memories = [...this.feed.detector.watches].map(([service, watch]) => ({
      service,
      record: serviceRecordSchema.parse(JSON.parse(JSON.stringify(watch.record))),
      series: new Map([...watch.series.detectors()].map(([key, detector]) => [key, detector.state()])),
    }));
    const { random, second } = this.feed;
    const options = { scope: "global", random, leastAgeSeconds: 120, now: second * 1000 };
    this.feed = new Feed(120, new TrafficDetector({ ...options, memories }));
    this.feed.second = second;
  }

  meets(each: Partial<Traits> | undefined): boolean {
    return this.shield.defence?.signatures.some(({ match }) => matches(match, traits(each))) === true;
  }
}

describe("a flood in one part while there is less in all than is usual", () => {
  it("is met once it has lasted ten seconds, though nobody else is, and what it has too many is what it came with", () => {
    const world = new World();
    world.run(300, usual);
    world.run(60, withoutUs);
    expect(world.shield.open).toBeNull();
    world.run(15, () => [...withoutUs(), ...flood]);
    expect(world.meets(attackers)).toBe(true);
    const { actual = 0, expected = 0, hasMoved } = world.reports.at(-1) ?? {};
    expect(hasMoved).toBe(false);
    expect(actual).toBeLessThan(195);
    expect(actual - expected).toBeGreaterThan(40);
    expect(actual - expected).toBeLessThan(90);
    expect(world.shield.open?.record.peak.expected).toBeLessThan(150);
    world.run(60, () => [...withoutUs(), ...flood]);
    expect(world.meets(attackers)).toBe(true);
    // When it ends, and the others come back, all is as it was.
    world.run(30, withoutUs);
    world.run(400, usual);
    expect([world.met, world.shield.defence]).toEqual([0, null]);
  });

  it("is met as long as it lasts where a country falls out only then, over a restart of the detector too", () => {
    const world = new World();
    world.run(300, usual);
    world.run(40, () => [...usual(), ...flood]);
    for (let minute = 0; minute < 3; minute++) {
      world.run(60, () => [...withoutUs(), ...flood]);
      expect(world.meets(attackers)).toBe(true);
      world.restart();
    }
    const views = world.reports.slice(-60).map((report) => viewOf([report]));
    expect(views.filter((view) => view !== null && isAttackedNow(view)).length).toBeGreaterThan(50);
  });
});

describe("traffic that moves from one part to another", () => {
  it.each<[string, (client: number) => Partial<Traits>]>([
    ["a release whose paths are others", (client) => (client % 5 < 3 ? { pathClass: "/v2/me" } : {})],
    ["clients that come by another network", (client) => (client % 5 < 2 ? { country: "NL", asn: 1136 } : {})],
    ["an agent that takes the place of another", (client) => (client % 7 === 0 ? { agentFamily: "node" } : {})],
  ])("is told of, and met by nothing: %s", (_, over) => {
    const world = new World();
    world.run(300, usual);
    world.run(300, () => usual(over));
    expect(world.reports.some(({ severity }) => severity !== "minor")).toBe(true);
    expect(world.shield.open?.record).toMatchObject({ state: "ongoing", mostLevel: "observe", bans: 0 });
    expect([world.met, world.defendedS]).toEqual([0, 0]);
  });

  it("is met by nothing while a country is out, nor when that comes back", () => {
    const world = new World();
    world.run(300, usual);
    const moved = (streams: Stream[]): Stream[] =>
      streams.map((stream, i) => (i % 2 ? stream : { ...stream, traits: { ...stream.traits, pathClass: "/v2/me" } }));
    world.run(60, withoutUs);
    world.run(60, () => moved(withoutUs()));
    world.run(120, () => moved(usual()));
    expect(world.reports.some(({ direction }) => direction === "flood")).toBe(true);
    expect([world.met, world.defendedS]).toEqual([0, 0]);
  });
});
