import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ClientConcurrency, type Place } from "../../../src/shield/client-concurrency.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Of a client whose requests are each followed, and of one of whose every 10th is at first. */
const FEW = 8;
const MANY = 80;

/** Begins so many requests of a client. */
const begin = (concurrency: ClientConcurrency, client: string, count: number, most: number, now = 0): Place[] =>
  Array.from({ length: count }, () => concurrency.begin(client, most, now)).filter((place) => place !== null);

/** Begins and ends requests, each of which may be one of so many. */
function oneByOne(concurrency: ClientConcurrency, count: number, most: (i: number) => number): Place[] {
  return Array.from({ length: count }, (_, i) => {
    const place = concurrency.begin("a", most(i), 0) as Place;
    concurrency.end(place);
    return place;
  });
}

/** About one in so many is followed: within five standard deviations of the binomial distribution. */
function expectSampled(places: readonly Place[], oneIn: number): void {
  const followed = places.filter(({ isFollowed }) => isFollowed).length;
  const expected = places.length / oneIn;
  expect(Math.abs(followed - expected)).toBeLessThan(5 * Math.sqrt(expected * (1 - 1 / oneIn)));
}

describe("the requests in progress of a client", () => {
  it("are counted apart from those of others, up and down", () => {
    const concurrency = new ClientConcurrency();
    const [first] = begin(concurrency, "a", 2, FEW);
    begin(concurrency, "b", 1, FEW);
    expect(["a", "b", "c"].map((client) => concurrency.count(client, 1))).toEqual([2, 1, 0]);
    concurrency.end(first as Place);
    expect(concurrency.count("a", 1)).toBe(1);
  });

  it("are each followed where the limit is low", () => {
    expect(begin(new ClientConcurrency(), "a", 20, FEW).map(({ isFollowed, weight }) => [isFollowed, weight])).toEqual(
      Array.from({ length: 20 }, () => [true, 1]),
    );
  });

  it("are followed by samples while they are few, one for as many, and each from there on", () => {
    const places = begin(new ClientConcurrency(), "a", 25, MANY);
    const counted = places.map((_, i) => places.slice(0, i).reduce((sum, { weight }) => sum + weight, 0));
    const isFew = counted.map((count) => count < 10);
    expect(isFew).toContain(false);
    for (const [i, { isFollowed, weight }] of places.entries()) {
      expect(isFollowed || isFew[i]).toBe(true);
      expect(weight).toBe(isFollowed && isFew[i] ? 10 : 1);
    }
  });

  it("are not followed for long where they come one after the other", () => {
    const places = oneByOne(new ClientConcurrency(), 10_000, () => MANY);
    expectSampled(places, 10);
  });

  it("are followed as often where others that may have fewer come between", () => {
    const places = oneByOne(new ClientConcurrency(), 20_000, (i) => (i % 2 === 0 ? MANY : 2 * FEW));
    const ofMany = places.filter((_, i) => i % 2 === 0);
    expectSampled(ofMany, 10);
    expectSampled(
      places.filter((_, i) => i % 2 === 1),
      2,
    );
  });

  it("are followed as often where every request of one kind comes after the same number of others", () => {
    const places = oneByOne(new ClientConcurrency(), 100_000, () => MANY);
    for (let turn = 0; turn < 10; turn++)
      expectSampled(
        places.filter((_, i) => i % 10 === turn),
        10,
      );
  });

  it("that are read slowly are found by the samples, and held to the limit", () => {
    const concurrency = new ClientConcurrency();
    const slow: Place[] = [];
    for (let i = 0; concurrency.count("a", i) < MANY; i++) {
      const place = concurrency.begin("a", MANY, i) as Place;
      if (place.isFollowed) slow.push(place);
      // Its response has begun.
      else concurrency.end(place);
      expect(i).toBeLessThan(2 * MANY);
    }
    for (const place of slow) concurrency.end(place);
    expect(concurrency.count("a", 1000)).toBe(0);
  });

  it("that were lost while they were not followed are forgotten after a minute, and never take a quarter of the limit", () => {
    const concurrency = new ClientConcurrency();
    for (let i = 0; i < 10 * MANY; i++) {
      const place = concurrency.begin("a", MANY, MINUTE - 1) as Place;
      if (place.isFollowed) concurrency.end(place);
      expect(concurrency.count("a", MINUTE - 1)).toBeLessThan(MANY / 4);
    }
    expect(concurrency.count("a", MINUTE)).toBeGreaterThan(0);
    expect(concurrency.count("a", 2 * MINUTE)).toBe(0);
  });

  it("that are followed are counted for an hour at least", () => {
    const concurrency = new ClientConcurrency();
    const [place] = begin(concurrency, "a", 2, FEW, HOUR - 1);
    expect(concurrency.count("a", 2 * HOUR - 1)).toBe(2);
    concurrency.end(place as Place);
    expect(concurrency.count("a", 2 * HOUR - 1)).toBe(1);
    expect(concurrency.count("a", 2 * HOUR)).toBe(0);
    concurrency.end(place as Place);
    expect(concurrency.count("a", 2 * HOUR)).toBe(0);
  });

  it.each([-MINUTE, 10 * MINUTE])("start anew when the clock jumps by %i ms", (jump) => {
    const concurrency = new ClientConcurrency();
    const [place] = begin(concurrency, "a", 1, MANY, 20 * MINUTE);
    expect(concurrency.count("a", 20 * MINUTE + jump)).toBe(0);
    begin(concurrency, "a", 1, MANY, 20 * MINUTE + jump);
    concurrency.end(place as Place);
    expect(concurrency.count("a", 20 * MINUTE + jump)).toBe(1);
  });

  it("of more clients than there is room for are not counted", () => {
    const concurrency = new ClientConcurrency(2);
    const places = ["a", "b", "c", "a"].map((client) => concurrency.begin(client, FEW, 0));
    expect(places.map((place) => place?.client ?? null)).toEqual(["a", "b", null, "a"]);
    expect(["a", "b", "c"].map((client) => concurrency.count(client, 0))).toEqual([2, 1, 0]);
    concurrency.end(places[1] as Place);
    begin(concurrency, "c", 1, FEW);
    expect(concurrency.count("c", 0)).toBe(1);
  });

  it("are as a list of them has it where each is followed, and never a quarter of the limit more", () => {
    const step = fc.record({ client: fc.constantFrom("a", "b"), ends: fc.boolean(), afterMs: fc.nat(500) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), fc.constantFrom(FEW, MANY), (steps, most) => {
        const concurrency = new ClientConcurrency();
        const open: Place[] = [];
        let now = MINUTE - 20_000;
        for (const { client, ends, afterMs } of steps) {
          now += afterMs;
          const ended = ends ? open.findIndex((one) => one.client === client) : -1;
          const [one] = ended < 0 ? [] : open.splice(ended, 1);
          if (one) concurrency.end(one);
          else open.push(...begin(concurrency, client, 1, most, now));
          for (const each of ["a", "b"]) {
            const counted = concurrency.count(each, now) - open.filter((one) => one.client === each).length;
            expect(counted).toBeGreaterThanOrEqual(0);
            expect(counted).toBeLessThan(most === FEW ? 1 : most / 4);
          }
        }
      }),
    );
  });
});
