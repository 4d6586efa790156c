import { describe, expect, it } from "vitest";
import { Random } from "../../../src/base/random.ts";

describe("Random", () => {
  it("is the sfc32 of PractRand, which warms up by 12 words in its three-word seeding", () => {
    // The twin: PractRand's C, in 32-bit arithmetic by BigInt.
    const mask = 0xffffffffn;
    let [a, b, c, count] = [1n, 2n, 3n, 1n];
    const word = () => {
      const sum = (a + b + count) & mask;
      count = (count + 1n) & mask;
      a = b ^ (b >> 9n);
      b = (c + ((c << 3n) & mask)) & mask;
      c = ((((c << 21n) | (c >> 11n)) & mask) + sum) & mask;
      return Number(sum);
    };
    for (let i = 0; i < 12; i++) word();
    const random = new Random([1, 2, 3]);
    for (let i = 0; i < 1000; i++) expect(random.word()).toBe(word());
  });

  it("repeats itself by its seed, and differs by each of the three words", () => {
    const draw = (seed: number[]) => {
      const random = new Random(seed);
      return Array.from({ length: 50 }, () => random.unit());
    };
    expect(draw([1, 2, 3])).toEqual(draw([1, 2, 3]));
    const others = [[2, 2, 3], [1, 3, 3], [1, 2, 4], [0, 0, 0], []].map(draw);
    for (const other of others) expect(other).not.toEqual(draw([1, 2, 3]));
  });

  it("takes a typed array of real randomness", () => {
    const seed = [0x80000001, 0xffffffff, 5];
    expect(new Random(Uint32Array.from(seed)).hex(4)).toBe(new Random(seed).hex(4));
  });

  it("is roughly uniform: 100 bins, chi squared", () => {
    const random = new Random([7, 8, 9]);
    const draws = 100_000;
    const bins = new Array<number>(100).fill(0);
    for (let i = 0; i < draws; i++) {
      const unit = random.unit();
      if (!(unit >= 0 && unit < 1)) expect.fail(`${unit}`);
      bins[Math.floor(unit * 100)] = (bins[Math.floor(unit * 100)] ?? 0) + 1;
    }
    const chiSquared = bins.reduce((sum, count) => sum + (count - draws / 100) ** 2 / (draws / 100), 0);
    // 99 degrees of freedom: 99.9 % lie between these.
    expect(chiSquared).toBeGreaterThan(56);
    expect(chiSquared).toBeLessThan(149);
  });

  it("gives hexadecimal digits, eight a word, zeros kept", () => {
    const random = new Random([1, 2, 3]);
    for (let i = 0; i < 2000; i++) expect(random.hex(4)).toMatch(/^[0-9a-f]{32}$/);
    expect(random.hex(0)).toBe("");
  });
});
