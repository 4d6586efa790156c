import { describe, expect, it } from "vitest";
import { Random } from "../../../../src/base/random.ts";
import { Track } from "../../../../src/routing/latency/track.ts";

const random = new Random([1, 2, 3]);
/** A road of 40 ms with queues of 3 ms on average. */
const usual = () => 40 - 3 * Math.log(1 - random.unit());

/** Samples one second apart. */
function filled(count: number, ms: (i: number) => number = usual, track = new Track(), from = 0): Track {
  for (let i = 0; i < count; i++) track.add({ ms: ms(i), at: from + i * 1000 });
  return track;
}

describe("a track", () => {
  it("knows nothing at first", () => {
    expect(new Track().figure(0)).toBeNull();
    expect(new Track().evidence(0)).toBe(0);
  });

  it("comes near to the road's own time, and says how near", () => {
    const figure = filled(40).figure(40_000);
    expect(figure?.ms).toBeGreaterThan(40);
    expect(figure?.ms).toBeLessThan(42);
    expect(figure?.deviationMs).toBeLessThan(1.5);
    expect(figure?.samples).toBeGreaterThan(38);
  });

  it("is unsure after one sample", () => {
    const [one, many] = [filled(1).figure(0), filled(30).figure(30_000)];
    expect(one?.deviationMs).toBeGreaterThan(3 * (many?.deviationMs ?? 0));
  });

  it("is not moved by slow requests now and then", () => {
    const figure = filled(60, (i) => (i % 5 === 4 ? 2000 : usual())).figure(60_000);
    expect(figure?.ms).toBeLessThan(43);
  });

  it("is not moved by a single slow request, even as the newest of few", () => {
    const track = filled(5);
    track.add({ ms: 3000, at: 6000 });
    expect(track.figure(6000)?.ms).toBeLessThan(45);
    expect(track.isSettled).toBe(false);
  });

  it("notices within seconds of traffic that the road has become longer", () => {
    const track = filled(60);
    filled(5, () => 340 + usual() - 40, track, 60_000);
    expect(track.figure(65_000)?.ms).toBeGreaterThan(340);
    expect(track.figure(65_000)?.samples).toBeLessThan(7);
  });

  it("notices that it has become shorter again", () => {
    const track = filled(64, () => 340 + usual());
    filled(5, usual, track, 64_000);
    expect(track.figure(69_000)?.ms).toBeLessThan(45);
  });

  it("takes two fast samples for a shorter road, since nothing is faster than the road", () => {
    const track = filled(30, () => 340 + usual());
    expect(track.add({ ms: 40, at: 30_000 })).toBe(false);
    expect(track.isSettled).toBe(false);
    expect(track.add({ ms: 41, at: 31_000 })).toBe(true);
    expect(track.figure(31_000)?.ms).toBeLessThan(42);
  });

  it("takes a stall of two seconds for a stall", () => {
    const track = filled(60);
    for (let i = 0; i < 20; i++) track.add({ ms: 500, at: 60_000 + i * 100 });
    for (let i = 0; i < 3; i++) track.add({ ms: usual(), at: 62_500 + i * 1000 });
    expect(track.figure(65_000)?.ms).toBeLessThan(43);
  });

  it("does not take queues for a shift", () => {
    const track = new Track();
    for (let i = 0; i < 5000; i++) {
      track.add({ ms: usual(), at: i * 1000 });
      if (i > 10) expect(track.figure(i * 1000)?.ms).toBeLessThan(48);
    }
  });

  it("believes a sample the less, the older it is", () => {
    const track = filled(20);
    const [now, later] = [track.figure(20_000), track.figure(20_000 + 30 * 60_000)];
    expect(later?.samples).toBeCloseTo((now?.samples ?? 0) / 8, 1);
    expect(later?.deviationMs).toBeGreaterThan(2 * (now?.deviationMs ?? 0));
  });

  it("holds no more than a minute of samples, one a second, in whatever order they come", () => {
    const track = new Track();
    for (let i = 0; i < 10_000; i++) track.add({ ms: 40, at: (i * 7919) % 100_000 });
    expect(track.evidence(0)).toBeLessThanOrEqual(64);
    const [forth, back] = [new Track(), new Track()];
    const samples = Array.from({ length: 30 }, (_, i) => ({ ms: usual(), at: i * 1500 }));
    for (const sample of samples) forth.add(sample);
    for (const sample of samples.toReversed()) back.add(sample);
    expect(back.figure(45_000)).toEqual(forth.figure(45_000));
  });
});
