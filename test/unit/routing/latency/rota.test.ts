import { describe, expect, it } from "vitest";
import { Learner } from "../../../../src/routing/latency/learner.ts";
import { Rota } from "../../../../src/routing/latency/rota.ts";

const learner = (ms: readonly number[], from = 0): Learner => {
  const made = new Learner("FRA");
  ms.forEach((each, i) => {
    made.learn({ region: "r", ms: each, at: from + i * 1000, asn: null, country: null });
  });
  return made;
};
const steady = Array.from({ length: 20 }, () => 40);
const unknown = new Learner("FRA");

describe("the rota of a colo", () => {
  it("gives a series of each region to one isolate, a few at a time", () => {
    const rota = new Rota();
    const wanted = ["a", "b", "c", "d", "e"];
    expect(rota.assign(wanted, [], unknown, 0).map(({ region }) => region)).toEqual(["a", "b", "c"]);
    expect(rota.assign(wanted, [], unknown, 0).map(({ region }) => region)).toEqual(["d", "e"]);
    expect(rota.assign(wanted, [], unknown, 0)).toEqual([]);
  });

  it("begins with those of which nothing is known", () => {
    const some = learner([40]);
    const wanted = ["r", "a", "b", "c"];
    expect(new Rota().assign(wanted, [], some, 60_000).map(({ region }) => region)).toEqual(["a", "b", "c"]);
  });

  it("has a region measured again within seconds while little is known of it", () => {
    const rota = new Rota();
    expect(rota.assign(["r"], [], unknown, 0)).toEqual([{ region: "r", times: 6 }]);
    expect(rota.assign(["r"], [], unknown, 7_999)).toEqual([]);
    expect(rota.assign(["r"], [], unknown, 8_000)).toEqual([{ region: "r", times: 6 }]);
  });

  it("takes one sample a minute of a region that is known", () => {
    const rota = new Rota();
    const known = learner(steady);
    expect(rota.assign(["r"], [], known, 100_000)).toEqual([{ region: "r", times: 2 }]);
    expect(rota.assign(["r"], [], known, 159_999)).toEqual([]);
    expect(rota.assign(["r"], [], known, 160_000)).toEqual([{ region: "r", times: 2 }]);
  });

  it("leaves a known region alone while its traffic measures it", () => {
    expect(new Rota().assign(["r"], [], learner(steady), 20_000)).toEqual([]);
  });

  it.each([
    ["slower", 300],
    ["faster", 4],
  ])("looks again at once when the newest sample of a known region is much %s", (_, ms) => {
    const rota = new Rota();
    rota.assign(["r"], [], learner(steady), 100_000);
    expect(rota.assign(["r"], [], learner([...steady, ms], 82_000), 108_000)).toEqual([{ region: "r", times: 6 }]);
  });

  it("remembers no more regions than a table may have", () => {
    const rota = new Rota();
    for (let i = 0; i < 300; i++) rota.assign([`r${i}`], [], unknown, 0);
    // It has begun anew, so that the first is due again and the last is not.
    expect(rota.assign(["r299", "r0"], [], unknown, 0).map(({ region }) => region)).toEqual(["r0"]);
  });

  it("looks at the others seldom", () => {
    const rota = new Rota();
    const now = 10_000_000;
    const [r, s] = [
      { region: "r", times: 6 },
      { region: "s", times: 2 },
    ];
    expect(rota.assign(["r"], ["s"], unknown, now)).toEqual([r, s]);
    expect(rota.assign(["r"], ["s"], unknown, now + 299_999)).toEqual([r]);
    expect(rota.assign(["r"], ["s"], unknown, now + 308_000)).toEqual([r, s]);
  });

  it("looks at those that became slow as often as at wanted ones", () => {
    const rota = new Rota();
    const slowed = learner([...steady, ...steady.map(() => 340)]);
    expect(slowed.track("r")?.isSlowed).toBe(true);
    const isAssigned = (at: number) => rota.assign([`w${at}`], ["r"], slowed, at).some(({ region }) => region === "r");
    const assigned = [98_999, 99_000, 158_999, 159_000].map((at) => [at, isAssigned(at)]);
    expect(assigned).toEqual([
      [98_999, false],
      [99_000, true],
      [158_999, false],
      [159_000, true],
    ]);
  });

  it("gives nothing to who wants nothing", () => {
    expect(new Rota().assign([], ["s"], unknown, 0)).toEqual([]);
  });
});
