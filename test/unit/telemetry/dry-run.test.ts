import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type RateLimit, rateLimitSchema } from "../../../src/table/rate-limit.ts";
import { dryRun, unrecordedParts } from "../../../src/telemetry/dry-run.ts";
import type { RecordedRequest } from "../../../src/telemetry/recorded-request.ts";

const limitOf = (fields: object): RateLimit => rateLimitSchema.parse(fields);

const request = (at: number, become: Partial<RecordedRequest> = {}): RecordedRequest => ({
  at,
  service: "api",
  path: "/",
  method: "GET",
  clientKey: "203.0.113.9",
  network: "203.0.113.0/24",
  country: "DE",
  asn: 64_500,
  header: null,
  weight: 1,
  ...become,
});

describe("a dry run", () => {
  it("says who would have been limited, when first, and in which second most", () => {
    const limit = limitOf({ rate: 2, burst: 2 });
    const times = [0, 10, 20, 30, 2000, 2010, 2020, 2030, 2040];
    const quiet = request(15, { clientKey: "198.51.100.1", network: "198.51.100.0/24" });
    const run = dryRun(
      limit,
      [...times.map((at) => request(at)), quiet].sort((a, b) => a.at - b.at),
    );
    expect(run).toMatchObject({ requests: 10, matched: 10, unkeyed: 0, keys: 2, limitedKeys: 1, limited: 5 });
    expect(run.items).toEqual([
      { key: "203.0.113.0/24", requests: 9, limited: 5, firstAt: 20, worst: { at: 2000, requests: 5, limited: 3 } },
    ]);
  });

  it.each<[string, object, Partial<RecordedRequest>, boolean]>([
    ["another service", { services: ["shop"] }, {}, false],
    ["its service", { services: ["api"] }, {}, true],
    ["another path", { pathPrefix: "/login" }, { path: "/loginx" }, false],
    ["its path", { pathPrefix: "/login" }, { path: "/login/x" }, true],
    ["another method", { methods: ["POST"] }, {}, false],
    ["its method", { methods: ["POST"] }, { method: "POST" }, true],
  ])("is for %s or not", (_name, fields, become, matches) => {
    expect(dryRun(limitOf(fields), [request(0, become)]).matched).toBe(matches ? 1 : 0);
  });

  it("tells keys apart by all of their parts", () => {
    const limit = limitOf({ burst: 1, rate: 1, key: [{ kind: "asn" }, { kind: "country" }] });
    const run = dryRun(limit, [
      request(0),
      request(0, { clientKey: "198.51.100.1" }),
      request(0, { country: null }),
      request(0, { asn: null }),
    ]);
    expect(run).toMatchObject({ keys: 3, limited: 1, items: [{ key: "AS64500 DE" }] });
  });

  it("knows no keys of what is not recorded, and says so", () => {
    const cookie = limitOf({ key: [{ kind: "cookie", name: "sid" }] });
    expect(dryRun(cookie, [request(0)])).toMatchObject({ matched: 1, unkeyed: 1, keys: 0, limited: 0 });
    const user = limitOf({ burst: 1, rate: 1, key: [{ kind: "header", name: "x-user" }] });
    const known = request(0, { header: { name: "x-user", hash: 171 } });
    expect(unrecordedParts(user, [request(0)])).toHaveLength(1);
    expect(unrecordedParts(user, [known])).toHaveLength(0);
    expect(dryRun(user, [known, request(0)])).toMatchObject({ unkeyed: 1, keys: 1 });
    expect(dryRun(user, [known, known]).items).toMatchObject([{ key: "x-user #ab" }]);
  });

  it("has each request of a sample spend for those behind it, and limits nobody for being seen once", () => {
    const limit = limitOf({ rate: 100, burst: 100 });
    const behind = { weight: 1000 };
    expect(dryRun(limit, [request(0, behind)])).toMatchObject({ limited: 0, estimated: { matched: 1000, limited: 0 } });
    // A thousand requests at 100 a second take 10 s.
    expect(dryRun(limit, [request(0, behind), request(10_000, behind)]).limited).toBe(0);
    expect(dryRun(limit, [request(0, behind), request(9_999, behind)]).estimated).toEqual({
      matched: 2000,
      limited: 1000,
    });
  });

  it("limits nothing that is free", () => {
    expect(
      dryRun(
        limitOf({ cost: 0, rate: 1, burst: 1 }),
        [0, 0, 0].map((at) => request(at)),
      ).limited,
    ).toBe(0);
  });

  it("admits in any span no more than the burst and what comes in it", () => {
    const arbitrary = fc.record({
      rate: fc.integer({ min: 1, max: 50 }),
      burst: fc.integer({ min: 1, max: 20 }),
      periodSeconds: fc.integer({ min: 1, max: 5 }),
      times: fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 200 }),
    });
    fc.assert(
      fc.property(arbitrary, ({ times, ...fields }) => {
        const sorted = [...times].sort((a, b) => a - b);
        const run = dryRun(
          limitOf(fields),
          sorted.map((at) => request(at)),
        );
        const spanMs = (sorted.at(-1) ?? 0) - (sorted[0] ?? 0);
        const most = fields.burst + (spanMs * fields.rate) / (fields.periodSeconds * 1000);
        expect(run.matched - run.limited).toBeLessThanOrEqual(most);
      }),
    );
  });
});
