import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashText, mix32, rendezvousScore, unitOf } from "../../../src/base/hash.ts";
import { pickRendezvous, rankRendezvous } from "../../../src/routing/policies/hash.ts";

const members = (count: number) => Array.from({ length: count }, (_, i) => ({ id: i, hash: hashText(`backend-${i}`) }));
const keys = Array.from({ length: 40_000 }, (_, i) => hashText(`203.0.${i >> 8}.${i & 255}`));

/** The part of the keys that each member has. */
function shares(weights: readonly number[]): number[] {
  const pool = members(weights.length);
  const counts = weights.map(() => 0);
  for (const key of keys) {
    const { id } = pickRendezvous(pool, weights, key);
    counts[id] = (counts[id] ?? 0) + 1;
  }
  return counts.map((count) => count / keys.length);
}

describe("hashes", () => {
  it.each([
    ["", 0x811c9dc5],
    ["a", 0xe40c292c],
    ["foobar", 0xbf9cf968],
  ])("%o: the test vectors of draft-eastlake-fnv, finished", (text, fnv) => {
    expect(hashText(text)).toBe(mix32(fnv));
  });

  it.each([
    [0, 0],
    [1, 0x514e28b7],
    [0xffffffff, 0x81f16f39],
  ])("fmix32 of %i, as MurmurHash3 has it", (value, mixed) => {
    expect(mix32(value)).toBe(mixed);
  });

  it("a text has the same hash always, in 32 unsigned bits, and another with another seed", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer(), (text, seed) => {
        const hash = hashText(text, seed);
        expect(hash).toBe(hashText(text, seed));
        expect(Number.isInteger(hash) && hash >= 0 && hash <= 0xffffffff).toBe(true);
      }),
    );
    expect(hashText("a", 1)).not.toBe(hashText("a"));
  });

  it("the finaliser lets every input bit reach about half of the output bits", () => {
    for (let bit = 0; bit < 32; bit++) {
      let flipped = 0;
      for (let i = 0; i < 500; i++) {
        const value = Math.imul(i + 1, 0x9e3779b1);
        const difference = mix32(value) ^ mix32(value ^ (1 << bit));
        flipped += difference.toString(2).replaceAll(/[^1]/g, "").length;
      }
      const mean = flipped / 500;
      expect(mean, `bit ${bit}`).toBeGreaterThan(10);
      expect(mean, `bit ${bit}`).toBeLessThan(22);
    }
  });

  it.each([0, 1, 0x80000000, 0xffffffff])("%i is a number between 0 and 1, both excluded", (hash) => {
    expect(unitOf(hash)).toBeGreaterThan(0);
    expect(unitOf(hash)).toBeLessThan(1);
  });
});

describe("weighted rendezvous hashing", () => {
  it.each([
    ["equal", [1, 1, 1, 1]],
    ["1 to 9", [1, 9]],
    ["mixed", [100, 50, 25, 25, 200]],
    ["tiny and huge", [0.5, 999.5]],
    ["with nothing for one", [100, 0, 100]],
  ])("honours weights: %s", (_, weights) => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    shares(weights).forEach((share, i) => {
      const due = (weights[i] ?? 0) / total;
      // Five standard deviations of a binomial count.
      expect(Math.abs(share - due)).toBeLessThanOrEqual(5 * Math.sqrt((due * (1 - due)) / keys.length));
    });
  });

  it("a member that leaves moves its own keys only, each to the second in its ranking", () => {
    const pool = members(7);
    const weights = [5, 1, 3, 2, 8, 1, 1];
    for (const key of keys.slice(0, 2000)) {
      const before = pickRendezvous(pool, weights, key);
      for (const gone of pool) {
        const left = pool.filter((member) => member !== gone);
        const after = pickRendezvous(
          left,
          left.map(({ id }) => weights[id] ?? 0),
          key,
        );
        expect(after).toBe(gone === before ? rankRendezvous(pool, weights, key)[1] : before);
      }
    }
  });

  it("a member that gains weight takes keys, and no key moves between the others", () => {
    const pool = members(5);
    let moved = 0;
    for (const key of keys.slice(0, 5000)) {
      const before = pickRendezvous(pool, [1, 1, 1, 1, 1], key);
      const after = pickRendezvous(pool, [1, 1, 2, 1, 1], key);
      if (after === before) continue;
      moved += 1;
      expect(after.id).toBe(2);
    }
    // Its part grows from 1/5 to 2/6: 13 % of the keys.
    expect(moved / 5000).toBeGreaterThan(0.11);
    expect(moved / 5000).toBeLessThan(0.16);
  });

  it("the order of the members does not matter, and the pick is the first of the ranking", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(members(8), { minLength: 1 }), fc.integer(), (pool, key) => {
        const weightOf = ({ id }: { id: number }) => id + 1;
        const sorted = [...pool].sort((a, b) => a.id - b.id);
        const picked = pickRendezvous(pool, pool.map(weightOf), key);
        expect(picked).toBe(pickRendezvous(sorted, sorted.map(weightOf), key));
        expect(rankRendezvous(pool, pool.map(weightOf), key)[0]).toBe(picked);
      }),
    );
  });

  it("a score of no weight is below any other", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer(),
        fc.double({ min: 0.001, max: 1000, noNaN: true }),
        (key, member, weight) => {
          expect(rendezvousScore(key, member, weight)).toBeGreaterThan(0);
          expect(Number.isFinite(rendezvousScore(key, member, weight))).toBe(true);
          expect(rendezvousScore(key, member, 0)).toBeLessThan(0);
        },
      ),
    );
  });
});
