import { describe, expect, it } from "vitest";
import { haveMoved, Learner } from "../../../../src/routing/latency/learner.ts";

const sample = { region: "us-east-1", ms: 90, at: 0, asn: 3320, country: "DE" };
const many = (learner: Learner, count: number, change: object) => {
  for (let i = 0; i < count; i++) learner.learn({ ...sample, at: i * 1000, ...change });
};

describe("a learner", () => {
  it("has a row of its colo once it has more than one sample", () => {
    const learner = new Learner("FRA");
    learner.learn(sample);
    expect(learner.rows(0).size).toBe(0);
    learner.learn({ ...sample, at: 1000 });
    expect([...learner.rows(1000).keys()]).toEqual(["FRA"]);
    expect(learner.rows(1000).get("FRA")).toMatchObject({ "us-east-1": { ms: 90, at: 1000 } });
  });

  it("forgets in its parts what was before a change of the road", () => {
    const learner = new Learner("FRA");
    const probe = { asn: null, country: null };
    for (let i = 0; i < 30; i++) learner.learn({ ...sample, ms: 390, at: i * 1000 });
    // Traffic has left the region, and only probes see that it is fast again.
    for (let i = 30; i < 36; i++) learner.learn({ ...sample, ...probe, at: i * 1000 });
    const rows = learner.rows(36_000);
    expect([...rows.keys()]).toEqual(["FRA"]);
    expect(rows.get("FRA")).toMatchObject({ "us-east-1": { ms: 90 } });
  });

  it("goes on from what was stored", () => {
    const [learner, again] = [new Learner("FRA"), new Learner("FRA")];
    many(learner, 30, {});
    for (const place of ["FRA", "FRA/DE"])
      for (const [region, seen] of learner.seenAt(place)) again.restore(place, region, seen);
    expect(again.rows(30_000)).toEqual(learner.rows(30_000));
    expect(again.seenAt("FRA/DE")).toEqual(learner.seenAt("FRA/DE"));
  });

  it("has a row for a network only where it differs", () => {
    const learner = new Learner("FRA");
    for (let i = 0; i < 40; i++) {
      learner.learn({ ...sample, at: i * 2000 });
      learner.learn({ ...sample, at: i * 2000 + 1000, ms: 140, asn: 64_500, country: "PL" });
    }
    const rows = learner.rows(80_000);
    expect([...rows.keys()].sort()).toEqual(["FRA", "FRA/AS64500", "FRA/PL"]);
    expect(rows.get("FRA/PL")).toMatchObject({ "us-east-1": { ms: 140 } });
  });

  it("stays small whatever comes", () => {
    const learner = new Learner("FRA");
    for (let i = 0; i < 20_000; i++)
      learner.learn({ region: `r${i}`, ms: 1 + (i % 300), at: i * 1000, asn: i, country: i % 2 ? "DE" : "FR" });
    const rows = learner.rows(20_000_000);
    expect(rows.size).toBeLessThanOrEqual(33);
    expect(Object.keys(rows.get("FRA") ?? {}).length).toBeLessThanOrEqual(256);
  });
});

describe("rows have moved", () => {
  const rowsOf = (count: number, change: object = {}) => {
    const learner = new Learner("FRA");
    many(learner, count, change);
    return learner.rows(count * 1000);
  };

  it.each([
    ["when there is a new one", 0, 2, {}, true],
    ["when a figure moved", 30, 30, { ms: 95 }, true],
    ["when its evidence has grown", 4, 8, {}, true],
    ["not with more of much evidence", 30, 60, {}, false],
    ["not within what it is unsure of", 2, 2, { ms: 93 }, false],
    ["not by a hair", 30, 30, { ms: 90.5 }, false],
  ])("%s", (_, before, after, change, moved) => {
    expect(haveMoved(rowsOf(before), rowsOf(after, change))).toBe(moved);
  });
});
