import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allot, perClearedClient, perClientByHand } from "../../../../src/shield/defence/allotment.ts";
import { rateLimitSchema } from "../../../../src/table/rate-limit.ts";

describe("an allotment", () => {
  it.each([
    [1, 1, 1, 1],
    [250, 250, 1, 250],
    [1.5, 1500, 1000, 2],
    [0.5, 500, 1000, 1],
    [0.000_01, 1, 1000, 1],
    [100.4, 100, 1, 101],
    [10_000_000, 10_000_000, 1, 10_000_000],
  ])("of %f a second is %i in %i s, %i at once", (perSecond, rate, periodSeconds, burst) => {
    expect(allot("x", perSecond)).toEqual({ name: "x", rate, periodSeconds, burst, whenUnreachable: "divide" });
  });

  it("is what a rate limit may be, and within 1 % of what was asked for", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 10_000_000, noNaN: true }), (perSecond) => {
        const { name: _, ...limit } = allot("x", perSecond);
        rateLimitSchema.parse(limit);
        expect(Math.abs(limit.rate / limit.periodSeconds / perSecond - 1)).toBeLessThanOrEqual(0.01);
      }),
    );
  });
});

describe("the limit by hand", () => {
  it.each<[string, object[], number]>([
    ["without rate limits", [], 100],
    ["of the usual limit", [{ rate: 10_000 }], 100],
    ["of a lower one", [{ rate: 500 }, { rate: 300 }], 30],
    ["of one by the minute", [{ rate: 600, periodSeconds: 60 }], 1],
    ["of one whose requests cost more", [{ rate: 500, cost: 5 }], 10],
    ["passes over what is not by the address alone", [{ rate: 10, key: [{ kind: "country" }] }], 100],
    [
      "passes over what is for a part",
      [
        { rate: 5, pathPrefix: "/login" },
        { rate: 5, methods: ["POST"] },
      ],
      100,
    ],
    ["passes over what limits nobody", [{ rate: 10, shadow: true }, { rate: 10, action: "log" }, { cost: 0 }], 100],
  ])("%s", (_, limits, perSecond) => {
    const entries = limits.map((limit, i) => ({ id: `l${i}`, limit: rateLimitSchema.parse(limit) }));
    expect(perClientByHand(entries)).toBeCloseTo(perSecond, 9);
    // Who is cleared can load a page, whatever the limits.
    expect(perClearedClient(entries)).toBeCloseTo(Math.max(20, perSecond), 9);
  });
});
