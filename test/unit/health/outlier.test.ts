import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type EjectionLimits,
  type ErrorKind,
  errorOfStatus,
  MAX_EJECTION_MS,
  maxEjected,
  OUTLIER_INTERVAL_MS,
  OutlierDetector,
  SUCCESS_RATE_MIN_REQUESTS,
} from "../../../src/health/outlier.ts";
import { type BackendId, backendIdSchema, MAX_BACKENDS } from "../../../src/table/backend.ts";
import type { Health } from "../../../src/table/table.ts";
import { noVotes, type Verdict } from "../../../src/table/verdict.ts";

const start = Date.UTC(2026, 10, 23);
const pool = (size: number) => Array.from({ length: size }, (_, i) => backendIdSchema.parse(`backend-${i}`));
const limitsOf = (backends: readonly BackendId[], changed: Partial<EjectionLimits> = {}): EjectionLimits => ({
  ejectAfterErrors: 5,
  ejectionSeconds: 30,
  maxEjectedPercent: 10,
  pool: new Set(backends),
  ...changed,
});

/** The bad backend of most tests, among ten. */
const ten = pool(10);
const [bad, other] = ten as [BackendId, BackendId];

function fail(detector: OutlierDetector, backend: BackendId, times: number, now: number, limits: EjectionLimits) {
  for (let i = 0; i < times; i++) detector.onError(backend, "gateway", now, limits);
}

/** Sends `requests` of which `errors` fail, spread so that no five fail in a row. */
function send(detector: OutlierDetector, backend: BackendId, requests: number, errors: number, limits: EjectionLimits) {
  for (let i = 0; i < requests; i++) {
    const fails = Math.floor((i * errors) / requests) !== Math.floor(((i + 1) * errors) / requests);
    if (fails) detector.onError(backend, "gateway", start, limits);
    else detector.onSuccess(backend, start);
  }
}

const up = (since: number): Verdict => ({
  status: "up",
  since,
  checkedAt: since,
  latencyMs: 1,
  load: null,
  recoveredAt: null,
  vantage: "local",
  detail: "200",
  votes: noVotes,
});
const tableOf = (backends: readonly BackendId[], health: Health = new Map()) => ({
  backends: new Set<string>(backends),
  health,
});

describe("errorOfStatus", () => {
  it.each<[number, ErrorKind | null]>([
    [200, null],
    [301, null],
    [404, null],
    [429, null],
    [499, null],
    [500, "server-error"],
    [501, "server-error"],
    [502, "gateway"],
    [503, "gateway"],
    [504, "gateway"],
    [505, "server-error"],
  ])("%i is %s", (status, kind) => {
    expect(errorOfStatus(status)).toBe(kind);
  });
});

describe("maxEjected", () => {
  it.each([
    ["none, where there is none", 0, 10, 0],
    ["never the only one", 1, 100, 0],
    ["one of two, whatever the percentage", 2, 0, 1],
    ["one of thirteen at 10 %", 13, 10, 1],
    ["the share, rounded down", 29, 10, 2],
    ["all but one at 100 %", 20, 100, 19],
  ])("%s", (_, size, percent, most) => {
    expect(maxEjected(size, percent)).toBe(most);
  });
});

describe("consecutive errors", () => {
  it("eject with the fifth, and tell why", () => {
    const detector = new OutlierDetector();
    const limits = limitsOf(ten);
    fail(detector, bad, 4, start, limits);
    expect(detector.isEjected(bad, start)).toBe(false);
    expect(detector.onError(bad, "timeout", start + 7, limits)).toEqual({
      backend: bad,
      at: start + 7,
      until: start + 30_007,
      times: 1,
      cause: { kind: "consecutive-errors", errors: 5, last: "timeout" },
    });
    expect(detector.isEjected(bad, start + 7)).toBe(true);
    expect(detector.isEjected(other, start + 7)).toBe(false);
  });

  it("begin anew after a success", () => {
    const detector = new OutlierDetector();
    const limits = limitsOf(ten);
    fail(detector, bad, 4, start, limits);
    detector.onSuccess(bad, start);
    fail(detector, bad, 4, start, limits);
    expect(detector.ejections(start)).toEqual([]);
  });

  it("heed the service's own limit", () => {
    const detector = new OutlierDetector();
    const limits = limitsOf(ten, { ejectAfterErrors: 1, ejectionSeconds: 7 });
    expect(detector.onError(bad, "connect", start, limits)?.until).toBe(start + 7000);
  });

  it("of a backend outside the service eject nobody", () => {
    const detector = new OutlierDetector();
    fail(detector, bad, 20, start, limitsOf(ten.slice(1)));
    expect(detector.ejections(start)).toEqual([]);
  });

  it("never eject the only backend", () => {
    const detector = new OutlierDetector();
    fail(detector, bad, 100, start, limitsOf([bad], { maxEjectedPercent: 100 }));
    expect(detector.ejections(start)).toEqual([]);
  });

  it("eject no more than the share, and the next one when there is room again", () => {
    const detector = new OutlierDetector();
    const limits = limitsOf(ten);
    fail(detector, bad, 5, start, limits);
    fail(detector, other, 5, start, limits);
    expect(detector.isEjected(other, start)).toBe(false);
    fail(detector, other, 5, start + 30_000, limits);
    expect(detector.isEjected(bad, start + 30_000)).toBe(false);
    expect(detector.isEjected(other, start + 30_000)).toBe(true);
  });
});

describe("an ejection", () => {
  it("lasts the base time times the number of ejections, at most 300 s", () => {
    const detector = new OutlierDetector();
    const limits = limitsOf(ten);
    const lengths: number[] = [];
    let now = start;
    for (let i = 0; i < 12; i++) {
      fail(detector, bad, 5, now, limits);
      lengths.push((detector.nextChangeAt - now) / 1000);
      now = detector.nextChangeAt;
    }
    expect(lengths).toEqual([30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 300, 300]);
  });

  it.each([
    ["right after the third", 0, 4],
    ["one healthy interval later", OUTLIER_INTERVAL_MS, 3],
    ["two healthy intervals later", 2 * OUTLIER_INTERVAL_MS, 2],
    ["long after", 3_600_000, 1],
  ])("%s (%i ms) counts as number %i", (_, afterMs, times) => {
    const detector = new OutlierDetector();
    const limits = limitsOf(ten);
    for (let i = 0; i < 3; i++) fail(detector, bad, 5, i === 0 ? start : detector.nextChangeAt, limits);
    const now = detector.nextChangeAt + afterMs;
    fail(detector, bad, 5, now, limits);
    expect(detector.ejections(now)[0]?.times).toBe(times);
  });

  it("that lasts the longest adds nothing more to the count", () => {
    const detector = new OutlierDetector();
    const limits = limitsOf(ten);
    for (let i = 0; i < 15; i++) fail(detector, bad, 5, i === 0 ? start : detector.nextChangeAt, limits);
    const now = detector.nextChangeAt + 9 * OUTLIER_INTERVAL_MS;
    fail(detector, bad, 5, now, limits);
    expect(detector.ejections(now)[0]?.times).toBe(2);
  });

  it("is not ended by a success, and what happens meanwhile is not held against its end", () => {
    const detector = new OutlierDetector();
    const limits = limitsOf(ten);
    fail(detector, bad, 5, start, limits);
    detector.onSuccess(bad, start + 1);
    expect(detector.isEjected(bad, start + 1)).toBe(true);
    fail(detector, bad, 4, start + 29_999, limits);
    fail(detector, bad, 4, start + 30_000, limits);
    expect(detector.isEjected(bad, start + 30_000)).toBe(false);
  });

  it("changes the revision when it begins and when it ends", () => {
    const detector = new OutlierDetector();
    const limits = limitsOf(ten);
    expect(detector.nextChangeAt).toBe(Number.POSITIVE_INFINITY);
    const before = detector.revision;
    fail(detector, bad, 4, start, limits);
    detector.onSuccess(other, start);
    expect(detector.revision).toBe(before);
    fail(detector, bad, 1, start, limits);
    const during = detector.revision;
    expect(during).not.toBe(before);
    expect(detector.nextChangeAt).toBe(start + 30_000);
    detector.advance(start + 29_999);
    expect(detector.revision).toBe(during);
    detector.advance(start + 30_000);
    expect(detector.revision).not.toBe(during);
    expect(detector.nextChangeAt).toBe(Number.POSITIVE_INFINITY);
  });
});

describe("a new table", () => {
  it.each([
    ["up since before the ejection keeps it", tableOf(ten, new Map([[bad, up(start - 1)]])), true],
    ["up since the same moment keeps it", tableOf(ten, new Map([[bad, up(start)]])), true],
    ["up since later lifts it", tableOf(ten, new Map([[bad, up(start + 1)]])), false],
    ["down keeps it", tableOf(ten, new Map([[bad, { ...up(start + 1), status: "down" as const }]])), true],
    ["no verdict keeps it", tableOf(ten), true],
    ["without the backend forgets it", tableOf(ten.slice(1)), false],
  ])("%s", (_, table, ejected) => {
    const detector = new OutlierDetector();
    fail(detector, bad, 5, start, limitsOf(ten));
    const before = detector.revision;
    detector.observe(table, start + 2000);
    expect(detector.isEjected(bad, start + 2000)).toBe(ejected);
    expect(detector.revision !== before).toBe(!ejected);
    expect(Number.isFinite(detector.nextChangeAt)).toBe(ejected);
  });

  it("keeps memory bounded: backends beyond the limit are not followed until others are gone", () => {
    const detector = new OutlierDetector();
    for (const id of pool(MAX_BACKENDS)) detector.onSuccess(id, start);
    const [one, two] = ["one", "two"].map((id) => backendIdSchema.parse(id)) as [BackendId, BackendId];
    const limits = limitsOf([one, two]);
    fail(detector, one, 5, start, limits);
    expect(detector.ejections(start)).toEqual([]);
    detector.observe(tableOf([one, two]), start);
    fail(detector, one, 5, start, limits);
    expect(detector.isEjected(one, start)).toBe(true);
  });
});

describe("success rates", () => {
  const eject = (rates: readonly (readonly [requests: number, errors: number])[], atMs = OUTLIER_INTERVAL_MS) => {
    const detector = new OutlierDetector();
    const backends = pool(rates.length);
    const limits = limitsOf(backends, { maxEjectedPercent: 100 });
    for (const [i, id] of backends.entries()) send(detector, id, rates[i]?.[0] ?? 0, rates[i]?.[1] ?? 0, limits);
    expect(detector.ejections(start)).toEqual([]);
    detector.onSuccess(backends[0] as BackendId, start + atMs);
    return detector.ejections(start + atMs).map((ejection) => ejection.backend);
  };
  const fine = [SUCCESS_RATE_MIN_REQUESTS, 1] as const;
  const poor = [SUCCESS_RATE_MIN_REQUESTS, 50] as const;

  it.each([
    ["an outlier among six", [poor, fine, fine, fine, fine, fine], ["backend-0"]],
    ["an outlier among five", [poor, fine, fine, fine, fine], ["backend-0"]],
    ["an outlier among four, too few to compare", [poor, fine, fine, fine], []],
    ["one with too few requests", [[99, 49] as const, fine, fine, fine, fine, fine], []],
    ["half of them poor: no outliers", [poor, poor, poor, fine, fine, fine], []],
    ["all alike", [fine, fine, fine, fine, fine, fine], []],
  ])("%s", (_, rates, expected) => {
    expect(eject(rates)).toEqual(expected);
  });

  it("are not compared before the interval ends", () => {
    expect(eject([poor, fine, fine, fine, fine, fine], OUTLIER_INTERVAL_MS - 1)).toEqual([]);
  });

  it("are too old to compare after a pause", () => {
    expect(eject([poor, fine, fine, fine, fine, fine], 2 * OUTLIER_INTERVAL_MS)).toEqual([]);
  });

  it("are compared within a service only", () => {
    const detector = new OutlierDetector();
    const backends = pool(12);
    const services = [limitsOf(backends.slice(0, 6)), limitsOf(backends.slice(6))] as const;
    // Beside the very poor backends of the other service, the first would not stand out.
    const errors = (i: number) => (i === 0 ? 10 : i < 6 ? 0 : 50);
    for (const [i, id] of backends.entries()) send(detector, id, 100, errors(i), services[i < 6 ? 0 : 1]);
    detector.onSuccess(other, start + OUTLIER_INTERVAL_MS);
    expect(detector.ejections(start + OUTLIER_INTERVAL_MS)).toMatchObject([{ backend: bad }]);
  });

  it("eject the worst first where the share does not suffice for all", () => {
    const detector = new OutlierDetector();
    const backends = pool(20);
    const limits = limitsOf(backends, { maxEjectedPercent: 5 });
    const errors = (i: number) => (i === 3 ? 60 : i === 9 ? 70 : 0);
    for (const [i, id] of backends.entries()) send(detector, id, 100, errors(i), limits);
    detector.onSuccess(bad, start + OUTLIER_INTERVAL_MS);
    const cause = { kind: "success-rate", rate: expect.closeTo(0.3), threshold: expect.closeTo(0.563, 3) };
    expect(detector.ejections(start + OUTLIER_INTERVAL_MS)).toMatchObject([{ backend: "backend-9", cause }]);
  });
});

/** Consecutive errors, without any of the bookkeeping: everything is read off the list of what happened. */
class Twin {
  readonly #limits: EjectionLimits;
  readonly #events: { backend: BackendId; ok: boolean; now: number }[] = [];
  readonly #ejections: { backend: BackendId; times: number; from: number; until: number }[] = [];

  constructor(limits: EjectionLimits) {
    this.#limits = limits;
  }

  isEjected(backend: BackendId, now: number): boolean {
    return this.#ejections.some((past) => past.backend === backend && past.from <= now && now < past.until);
  }

  take(backend: BackendId, ok: boolean, now: number): void {
    if (this.isEjected(backend, now)) return;
    const { ejectAfterErrors, ejectionSeconds, maxEjectedPercent, pool } = this.#limits;
    const last = this.#ejections.findLast((past) => past.backend === backend);
    this.#events.push({ backend, ok, now });
    const own = this.#events.filter((event) => event.backend === backend && event.now >= (last?.until ?? 0));
    const streak = own.length - 1 - own.findLastIndex((event) => event.ok);
    if (ok || streak % ejectAfterErrors !== 0) return;
    const others = this.#ejections.filter((past) => now < past.until).length;
    if (others >= maxEjected(pool.size, maxEjectedPercent)) return;
    const healthy = last ? Math.floor((now - last.until) / OUTLIER_INTERVAL_MS) : 0;
    const most = Math.ceil(MAX_EJECTION_MS / (ejectionSeconds * 1000));
    const times = Math.min(most, Math.max(0, (last?.times ?? 0) - healthy) + 1);
    const lengthMs = Math.min(MAX_EJECTION_MS, times * ejectionSeconds * 1000);
    this.#ejections.push({ backend, times, from: now, until: now + lengthMs });
  }
}

describe("on random traffic", () => {
  const traffic = fc.record({
    size: fc.integer({ min: 1, max: 12 }),
    ejectAfterErrors: fc.integer({ min: 1, max: 4 }),
    ejectionSeconds: fc.integer({ min: 1, max: 60 }),
    maxEjectedPercent: fc.integer({ min: 0, max: 100 }),
    events: fc.array(
      fc.record({
        backend: fc.nat({ max: 11 }),
        ok: fc.boolean(),
        afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 40_000 })),
      }),
      { maxLength: 200 },
    ),
  });

  it("agrees with its dumb twin, stays within the share, and tells of each change", () => {
    fc.assert(
      fc.property(traffic, ({ size, events, ...settings }) => {
        const backends = pool(size);
        const limits = limitsOf(backends, settings);
        const detector = new OutlierDetector();
        const twin = new Twin(limits);
        const ejectedAt = (now: number) => backends.filter((id) => detector.isEjected(id, now)).join();
        let now = start;
        let seen = { revision: detector.revision, until: detector.nextChangeAt, ejected: "" };
        for (const { backend, ok, afterMs } of events) {
          now += afterMs;
          // A plan may be kept while neither the revision nor the time says otherwise.
          if (now < seen.until) expect(ejectedAt(now)).toBe(seen.ejected);
          const id = backends[backend % size] as BackendId;
          twin.take(id, ok, now);
          if (ok) detector.onSuccess(id, now);
          else detector.onError(id, "gateway", now, limits);

          expect(ejectedAt(now)).toBe(backends.filter((each) => twin.isEjected(each, now)).join());
          expect(detector.ejections(now).length).toBeLessThanOrEqual(maxEjected(size, settings.maxEjectedPercent));
          for (const { at, until, times } of detector.ejections(now)) {
            expect(until - at).toBe(Math.min(MAX_EJECTION_MS, times * settings.ejectionSeconds * 1000));
          }
          if (ejectedAt(now) !== seen.ejected) expect(detector.revision).not.toBe(seen.revision);
          seen = { revision: detector.revision, until: detector.nextChangeAt, ejected: ejectedAt(now) };
        }
      }),
      { numRuns: 300 },
    );
  });
});
