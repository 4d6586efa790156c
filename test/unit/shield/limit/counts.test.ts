import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mix32 } from "../../../../src/base/hash.ts";
import { Crowd } from "../../../../src/shield/limit/crowd.ts";
import { CrowdCounts } from "../../../../src/shield/limit/crowd-counts.ts";
import { QuietCounts, quietOf } from "../../../../src/shield/limit/quiet-counts.ts";

const START = Date.UTC(2100, 0, 1);
const spec = { rate: 10_000, periodSeconds: 1, burst: 1000 };

describe("a quiet allowance", () => {
  it.each([
    ["a twentieth of the limit", spec, 1, { burst: 50, perSecond: 500, msPerToken: 2 }],
    ["at least a token", { rate: 5, periodSeconds: 60, burst: 5 }, 1, { burst: 1 }],
    ["at least a request", { rate: 100, periodSeconds: 1, burst: 100 }, 70, { burst: 70 }],
  ])("is %s", (_, of, cost, expected) => {
    expect(quietOf(of, cost)).toMatchObject(expected);
  });

  it("is spent, and comes again", () => {
    const counts = new QuietCounts();
    const quiet = quietOf(spec, 1);
    const take = (now: number) => counts.take(7, 1, quiet, START + now);
    expect(Array.from({ length: 60 }, () => take(0)).filter(Boolean)).toHaveLength(50);
    expect(take(1)).toBe(false);
    expect([take(4), take(4), take(4)]).toEqual([true, true, false]);
    expect(Array.from({ length: 60 }, () => take(5000)).filter(Boolean)).toHaveLength(50);
  });

  it("is never exceeded, whoever else counts", () => {
    const events = fc.array(fc.tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 40 })), {
      maxLength: 400,
    });
    fc.assert(
      fc.property(events, (each) => {
        const counts = new QuietCounts();
        const quiet = quietOf({ rate: 2000, periodSeconds: 1, burst: 100 }, 1);
        const passed = new Map<number, number>();
        let now = START;
        for (const [key, pause] of each) {
          now += pause;
          if (counts.take(mix32(key + 1), 1, quiet, now)) passed.set(key, (passed.get(key) ?? 0) + 1);
        }
        for (const count of passed.values())
          expect(count).toBeLessThanOrEqual(quiet.burst + ((now - START) * quiet.perSecond) / 1000 + 1e-6);
      }),
    );
  });

  it("is reported once", () => {
    const counts = new QuietCounts();
    const quiet = quietOf(spec, 1);
    const take = (times: number) => {
      for (let i = 0; i < times; i++) counts.take(7, 1, quiet, START);
    };
    expect(counts.report(7, quiet, START)).toBe(0);
    take(30);
    expect(counts.report(7, quiet, START)).toBe(30);
    expect(counts.report(7, quiet, START + 1)).toBe(0);
    take(100);
    expect(counts.report(7, quiet, START)).toBe(20);
    // Nor is what has come again since.
    counts.take(8, 1, quiet, START);
    expect(counts.report(8, quiet, START + 2)).toBe(0);
  });

  it("seems spent to few of those that are quiet, while thousands have spent theirs", () => {
    const counts = new QuietCounts();
    const quiet = quietOf(spec, 1);
    for (let key = 0; key < 3000; key++) for (let i = 0; i < 50; i++) counts.take(mix32(key + 1), 1, quiet, START);
    let refused = 0;
    for (let key = 3000; key < 13_000; key++) if (!counts.take(mix32(key + 1), 1, quiet, START)) refused += 1;
    // (3,000 / 16,384)^4, and what those that came after add to it.
    expect(refused).toBeLessThan(100);
    expect(counts.bytes).toBe(655_360);
  });
});

describe("counting by networks", () => {
  it("holds each to the limit divided by the edges", () => {
    const counts = new CrowdCounts();
    const take = (now: number) => counts.take(7, 1, spec, 10, START + now).retryAfterMs;
    expect(Array.from({ length: 150 }, () => take(0)).filter((ms) => ms === 0)).toHaveLength(100);
    expect(take(0)).toBe(1);
    expect(take(1)).toBe(0);
  });

  it("lets those pass that it has not seen, among a million", () => {
    const counts = new CrowdCounts();
    const strict = { rate: 1, periodSeconds: 60, burst: 1 };
    let refused = 0;
    for (let i = 0; i < 1_000_000; i++)
      refused += counts.take(mix32(i + 1), 1, strict, 1, START).retryAfterMs === 0 ? 0 : 1;
    expect(refused).toBe(0);
    expect(counts.bytes).toBe(196_608);
  });

  it("does not forget one that spends most for those that spend little", () => {
    const counts = new CrowdCounts();
    for (let i = 0; i < 90; i++) counts.take(4096, 1, spec, 10, START);
    for (let i = 0; i < 100_000; i++) counts.take(mix32(i + 1), 1, spec, 10, START);
    const left = Array.from({ length: 100 }, () => counts.take(4096, 1, spec, 10, START));
    expect(left.filter(({ retryAfterMs }) => retryAfterMs === 0)).toHaveLength(10);
  });
});

describe("keys that cannot be looked up", () => {
  const strict = { rate: 10, periodSeconds: 1, burst: 20 };
  const passes = (crowd: Crowd, key: number, now = START) =>
    crowd.take(mix32(key), 5, 1, strict, now).retryAfterMs === 0;

  it("share a tenth of the limit with their network, as long as they are new", () => {
    const crowd = new Crowd();
    const first = Array.from({ length: 100 }, (_, key) => passes(crowd, key + 1));
    expect(first.filter(Boolean)).toHaveLength(2);
    const second = Array.from({ length: 100 }, (_, key) => passes(crowd, key + 1000, START + 3000));
    expect(second.filter(Boolean)).toHaveLength(2);
  });

  it("have the whole limit for themselves once they have passed, and no more", () => {
    const crowd = new Crowd();
    const all = Array.from({ length: 100 }, () => passes(crowd, 1));
    expect(all.filter(Boolean)).toHaveLength(20);
    expect(Array.from({ length: 100 }, () => passes(crowd, 1, START + 1000)).filter(Boolean)).toHaveLength(10);
  });

  it("stay known while a network sends from ever new ones", () => {
    const crowd = new Crowd();
    let known = 0;
    for (let i = 0; i < 100_000; i++) {
      passes(crowd, i + 10, START + i);
      if (i % 1000 === 0) known += passes(crowd, 1, START + i) ? 1 : 0;
    }
    // Its network has had nothing left for it since the first.
    expect(known).toBeGreaterThanOrEqual(99);
  });
});
