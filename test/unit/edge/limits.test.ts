import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Random } from "../../../src/base/random.ts";
import { seedTable } from "../../../src/seed/seed.ts";
import { MAX_LEASES } from "../../../src/shield/limit/key-book.ts";
import type { SharedBucket } from "../../../src/shield/limit/spec.ts";
import { Limits } from "../../../workers/edge/limits.ts";
import { startPassage } from "../../../workers/edge/passage.ts";
import type { Arrival } from "../../../workers/edge/shield.ts";
import type { Spent } from "../../../workers/edge/spend.ts";
import { FakeLimiters } from "../../fakes/limiters.ts";
import { testRequest, testSnapshot, testTable } from "../../fakes/world.ts";

/** One isolate's limits on a clock of the test. */
class Isolate {
  now = Date.UTC(2100, 0, 1);
  readonly limiters = new FakeLimiters(() => this.now);
  readonly limits: Limits;
  readonly #work: Promise<unknown>[] = [];

  constructor() {
    this.limits = this.another(1);
  }

  /** The limits of an isolate that has the same owners. */
  another(seed: number): Limits {
    return new Limits({
      limiter: (name) => this.limiters.limiter(name),
      random: new Random([seed, 2, 3]),
      now: () => this.now,
    });
  }

  readonly background = (work: Promise<unknown>): void => {
    this.#work.push(work);
  };

  async settle(): Promise<void> {
    await Promise.all(this.#work.splice(0));
  }

  /** Fifty requests a second, answered one after the other. */
  async keepBusy(requests: number): Promise<void> {
    for (let i = 0; i < requests; i++) {
      this.now += 20;
      await this.spend(bucket);
      await this.settle();
    }
  }

  /** With timers of the test. */
  async pass(ms: number): Promise<void> {
    this.now += ms;
    await vi.advanceTimersByTimeAsync(ms);
  }

  spend(bucket: SharedBucket, cost = 1): Spent | Promise<Spent> {
    return this.limits.spend(bucket, cost, this.now, this.background);
  }
}

const bucket = { name: "critical", rate: 100, periodSeconds: 1, burst: 40, whenUnreachable: "divide" } as const;

const { services } = seedTable({});
const [service = ""] = Object.keys(services);
function arrivalOf(limits: object, ip: string, now: number): Arrival {
  const snapshot = testSnapshot(testTable({ patch: { limits: { "per-client": null, ...limits } } }));
  const request = testRequest(snapshot, service, { ip });
  if (!request) throw new Error("refused");
  const passage = startPassage("0".repeat(32), null, now);
  return {
    snapshot,
    service: request.service,
    facts: request.facts,
    now,
    passage,
    incoming: new Request("http://api.example.com/"),
  };
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("spending", () => {
  it("is of borrowed tokens from the first on, as all isolates share them", async () => {
    const isolate = new Isolate();
    const first = isolate.spend(bucket);
    expect(first).toBeInstanceOf(Promise);
    expect(await first).toEqual({ kind: "passed" });
  });

  it.each([
    ["a bucket by name", null],
    ["a policy for a country", [{ kind: "country" }]],
  ])("holds %s to its limit, however many isolates spend a little of it", async (_, key) => {
    const isolate = new Isolate();
    const arrival = arrivalOf({ all: { rate: 100, burst: 40, key: key ?? undefined } }, "203.0.113.9", isolate.now);
    const limits = Array.from({ length: 100 }, (_, seed) => isolate.another(seed));
    let passed = 0;
    const seconds = 3;
    for (let i = 0; i < 4 * seconds; i++) {
      isolate.now += 250;
      for (const each of limits) {
        const spent =
          key === null
            ? await each.spend(bucket, 1, isolate.now, isolate.background)
            : await each.take({ ...arrival, now: isolate.now }, isolate.background);
        if (spent === null || spent.kind === "passed") passed += 1;
        await isolate.settle();
      }
    }
    expect(passed).toBeLessThanOrEqual(40 + 100 * (seconds + 0.6));
  });

  it("finds an owner for a bucket by name while a flood takes all look-ups", async () => {
    const isolate = new Isolate();
    const byKey = { all: { rate: 1, periodSeconds: 60, burst: 1 } };
    const template = arrivalOf(byKey, "203.0.113.9", isolate.now);
    for (let i = 0; i < 1000; i++) {
      const facts = { ...template.facts, clientKey: `198.51.${i >> 8}.${i & 255}` };
      for (let times = 0; times < 2; times++) await isolate.limits.take({ ...template, facts }, isolate.background);
    }
    await isolate.spend(bucket);
    expect(isolate.limiters.asks.at(-1)?.name).toContain("shared:critical");
  });

  it("waits once for the owner, together with others, and then no more", async () => {
    const isolate = new Isolate();
    const first = await Promise.all(Array.from({ length: 20 }, () => isolate.spend(bucket)));
    expect(first.filter(({ kind }) => kind === "passed")).toHaveLength(20);
    await isolate.keepBusy(50);
    for (let i = 0; i < 50; i++) {
      isolate.now += 20;
      expect(isolate.spend(bucket)).toEqual({ kind: "passed" });
      await isolate.settle();
    }
    // Some seven a second.
    expect(isolate.limiters.asks.length).toBeLessThanOrEqual(20);
  });

  it.each([
    ["nothing is free", 0, "passed"],
    ["less than nothing is too", -5, "passed"],
    ["more than the bucket holds never passes, and nobody is asked", 41, "short"],
    ["far more neither", Number.MAX_SAFE_INTEGER, "short"],
  ])("%s", (_, cost, kind) => {
    const isolate = new Isolate();
    for (let i = 0; i < 100; i++) expect(isolate.spend(bucket, cost)).toMatchObject({ kind });
    expect(isolate.limiters.asks).toEqual([]);
  });

  it("of a bucket that was changed begins anew", async () => {
    const isolate = new Isolate();
    for (let i = 0; i < 200; i++) await isolate.spend(bucket);
    expect(await isolate.spend(bucket)).toMatchObject({ kind: "short" });
    expect(await isolate.spend({ ...bucket, rate: 200 })).toEqual({ kind: "passed" });
  });

  it("returns what it does not need any more", async () => {
    const isolate = new Isolate();
    await isolate.keepBusy(20);
    isolate.now += 800;
    await isolate.spend({ ...bucket, name: "other" });
    await isolate.settle();
    expect(isolate.limiters.asks.some(({ ask }) => ask.returned > 0)).toBe(true);
    // The other's.
    expect(isolate.limits.memory().leases).toBe(1);
  });
});

describe("a slow limit", () => {
  const login = { login: { rate: 10, periodSeconds: 60, burst: 10 } };

  it.each([12_000, 8000, 6100])("never refuses one who sends once in %i ms", async (everyMs) => {
    const isolate = new Isolate();
    const arrival = arrivalOf(login, "203.0.113.9", isolate.now);
    for (let i = 0; i < 120; i++) {
      isolate.now += everyMs;
      expect(await isolate.limits.take({ ...arrival, now: isolate.now }, isolate.background)).toBeNull();
      await isolate.settle();
    }
    expect(isolate.limiters.asks.length).toBeLessThanOrEqual(120);
    expect(isolate.limiters.asks.reduce((sum, { ask }) => sum + ask.ahead, 0)).toBeLessThanOrEqual(
      120 * (everyMs / 120_000) + 1,
    );
  });

  it.each([
    ["a request is its burst", { rate: 1000, periodSeconds: 60, burst: 1000, cost: 1000 }, 1],
    ["a request is a fast limit's burst", { rate: 1000, periodSeconds: 1, burst: 1000, cost: 1000 }, 1],
    ["a burst is a few", { rate: 5, periodSeconds: 60, burst: 5 }, 5],
  ])("is not passed by many isolates that let one pass each: %s", async (_, rules, burst) => {
    const isolate = new Isolate();
    const arrival = arrivalOf({ login: rules }, "203.0.113.9", isolate.now);
    let passed = 0;
    for (let seed = 0; seed < 50; seed++)
      if ((await isolate.another(seed).take(arrival, isolate.background)) === null) passed += 1;
    expect(passed).toBe(burst);
  });

  it("lets one pass unasked while a flood takes all look-ups, whatever its neighbours do", async () => {
    const isolate = new Isolate();
    const strict = { login: { rate: 5, periodSeconds: 60, burst: 5 } };
    const send = (ip: string) => isolate.limits.take(arrivalOf(strict, ip, isolate.now), isolate.background);
    for (let i = 0; i < 100; i++) await send(`198.51.${i}.1`);
    const good = [await send("192.0.2.1"), await send("192.0.2.2"), await send("192.0.2.3")];
    expect(good).toEqual([null, null, null]);
    expect(isolate.limiters.asks).toHaveLength(100);
  });

  it("has its part once while its owner cannot be reached, whoever pauses", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    const isolate = new Isolate();
    isolate.limiters.isUnreachable = true;
    const send = (ip: string) =>
      isolate.limits.take(
        arrivalOf({ login: { rate: 10, periodSeconds: 60, burst: 10 } }, ip, isolate.now),
        isolate.background,
      );
    expect(await send("203.0.113.9")).toBeNull();
    isolate.now += 13_000;
    await send("198.51.100.1");
    expect(await send("203.0.113.9")).not.toBeNull();
  });

  it("gives a key up that nobody uses", async () => {
    const isolate = new Isolate();
    const arrival = arrivalOf(login, "203.0.113.9", isolate.now);
    for (let i = 0; i < 3; i++) await isolate.limits.take(arrival, isolate.background);
    expect(isolate.limits.memory().leases).toBe(1);
    isolate.now += 12_000;
    await isolate.limits.take(arrivalOf(login, "198.51.100.1", isolate.now), isolate.background);
    // The other's.
    expect(isolate.limits.memory().leases).toBe(1);
  });
});

describe("a request that waits", () => {
  it("does so once for all its limits, however many owners do not answer", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const isolate = new Isolate();
    isolate.limiters.isSilent = true;
    const slow = { rate: 10, periodSeconds: 60, burst: 10, key: [{ kind: "country" }] };
    const arrival = arrivalOf({ a: slow, b: slow, c: slow, d: slow }, "203.0.113.9", isolate.now);
    const spent = Promise.resolve(isolate.spend(bucket));
    const decided = spent.then(() => isolate.limits.take(arrival, isolate.background));
    let isDecided = false;
    decided.finally(() => {
      isDecided = true;
    });
    await isolate.pass(240);
    expect(isDecided).toBe(false);
    await isolate.pass(10);
    expect(isDecided).toBe(true);
    expect(await decided).toBeNull();
    // Each owner was asked all the same, so that what comes next may find tokens.
    expect(new Set(isolate.limiters.asks.map(({ name }) => name)).size).toBe(5);
  });

  /** Requests far below the limit, with so many milliseconds between them; those that were refused. */
  async function refused(rules: { rate: number; burst: number; cost: number }, gaps: readonly number[]) {
    const isolate = new Isolate();
    const arrival = arrivalOf({ strict: { ...rules, whenUnreachable: "closed" } }, "203.0.113.9", isolate.now);
    const send = () => isolate.limits.take({ ...arrival, now: isolate.now }, isolate.background);
    const answers = [];
    // What passes unasked, and one more.
    const unasked = Math.ceil(rules.burst / 20 / rules.cost);
    for (let i = 0; i <= unasked; i++) answers.push(await send());
    for (const gap of gaps) {
      isolate.now += Math.max(gap, (2000 * rules.cost) / rules.rate);
      answers.push(await send());
      await isolate.settle();
    }
    return answers.filter((limited) => limited !== null);
  }

  it.each([
    ["after a while", { rate: 200, burst: 20, cost: 1 }, [300, 300, 10, 690, 100, 600]],
    ["at once", { rate: 500, burst: 100, cost: 2 }, [10, 690, 160, 30, 100, 690]],
  ])("does so for an answer that comes, though its key has become quiet: %s", async (_, rules, gaps) => {
    expect(await refused(rules, gaps)).toEqual([]);
  });

  it("does so for an answer that comes, whenever it comes itself", async () => {
    const anyRules = fc.record({
      rate: fc.constantFrom(60, 100, 200, 500, 1000, 10_000),
      burst: fc.constantFrom(20, 100, 1000),
      cost: fc.constantFrom(1, 2, 7),
    });
    const anyGaps = fc.array(fc.constantFrom(0, 10, 30, 60, 100, 140, 160, 300, 600, 690), {
      minLength: 40,
      maxLength: 40,
    });
    const property = fc.asyncProperty(anyRules, anyGaps, async (rules, gaps) => {
      expect(await refused(rules, gaps)).toEqual([]);
    });
    await fc.assert(property, { numRuns: 300 });
  });

  it("keeps its key when the clock is set on", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const isolate = new Isolate();
    const closed = { ...bucket, whenUnreachable: "closed" } as const;
    for (let i = 0; i < 20; i++) {
      isolate.now += 20;
      await isolate.spend(closed);
      await isolate.settle();
    }
    isolate.limiters.roundTripMs = 100;
    // More than is lent.
    const dear = isolate.spend(closed, 30);
    isolate.now += 900;
    void isolate.spend({ ...bucket, name: "other" });
    await isolate.pass(100);
    expect(await dear).toEqual({ kind: "passed" });
  });
});

describe("an owner whose answers come after a request has been decided", () => {
  it("has lent and charged all that there is, and each isolate has had its own part once", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const isolate = new Isolate();
    const slow = { rate: 10, periodSeconds: 3600, burst: 10, key: [{ kind: "country" }] };
    const arrival = arrivalOf({ slow }, "203.0.113.9", isolate.now);
    const isolates = Array.from({ length: 20 }, (_, seed) => isolate.another(seed));
    isolate.limiters.roundTripMs = 400;
    const taken: ReturnType<typeof isolate.limits.take>[] = [];
    for (let ms = 0; ms < 20_000; ms += 50) {
      if (ms % 500 === 0)
        for (const each of isolates) taken.push(each.take({ ...arrival, now: isolate.now }, isolate.background));
      await isolate.pass(50);
    }
    await isolate.pass(1000);
    // The bucket, and a tenth of it at each isolate that has not been told how many there are.
    const passed = (await Promise.all(taken)).filter((limited) => limited === null);
    expect(passed.length).toBeLessThanOrEqual(10 + 20);
  });

  it("hears of what passed meanwhile", async () => {
    vi.spyOn(console, "warn").mockReturnValue();
    const isolate = new Isolate();
    const open = { ...bucket, whenUnreachable: "open" } as const;
    isolate.limiters.isUnreachable = true;
    for (let i = 0; i < 5; i++) expect(await isolate.spend(open)).toEqual({ kind: "passed" });
    isolate.limiters.isUnreachable = false;
    const failed = isolate.limiters.asks.length;
    isolate.now += 1100;
    await isolate.spend(open);
    const heard = isolate.limiters.asks.slice(failed);
    expect(heard.reduce((sum, { ask }) => sum + ask.ahead, 0)).toBe(5);
  });
});

describe("a flood", () => {
  it("takes no more memory and no more questions, however many addresses it comes from", async () => {
    const isolate = new Isolate();
    const strict = { strict: { rate: 1, periodSeconds: 60, burst: 1 } };
    const template = arrivalOf(strict, "203.0.113.9", isolate.now);
    const { facts } = template;
    const before = isolate.limits.memory();
    const names = new Set<string>();
    for (let i = 0; i < 100_000; i++) {
      if (i % 100 === 0) isolate.now += 1;
      const word = Math.imul(i + 1, 0x9e3779b1) >>> 0;
      const text = [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255].join(".");
      const client = { family: 4, text, word } as const;
      await isolate.limits.take(
        { ...template, facts: { ...facts, client, clientKey: text }, now: isolate.now },
        isolate.background,
      );
    }
    await isolate.settle();
    for (const { name } of isolate.limiters.asks) names.add(name);
    // 100 at once, and 50 a second.
    expect(names.size).toBeLessThanOrEqual(151);
    expect(isolate.limits.memory().leases).toBeLessThanOrEqual(MAX_LEASES);
    expect(isolate.limits.memory().bytes).toBeLessThanOrEqual(before.maxBytes);
    // One that has not been here before is let pass.
    const good = arrivalOf(strict, "192.0.2.77", isolate.now);
    expect(await isolate.limits.take(good, isolate.background)).toBeNull();
  });

  it.each([
    ["a header", { kind: "header", name: "X-Api-Key" }, (i: number) => ({ fields: { "x-api-key": `${i}` } })],
    ["a cookie", { kind: "cookie", name: "id" }, (i: number) => ({ fields: { cookie: `id=${i}` } })],
    ["a network's number", { kind: "asn" }, (i: number) => ({ place: { asn: i } })],
  ])("of new keys of %s takes nothing from others of the same client", async (_, part, facts) => {
    const isolate = new Isolate();
    const strict = { strict: { rate: 10, periodSeconds: 60, burst: 10, key: [part] } };
    const template = arrivalOf(strict, "203.0.113.9", isolate.now);
    const take = (i: number) =>
      isolate.limits.take(
        { ...template, facts: { ...template.facts, ...facts(i) } as Arrival["facts"] },
        isolate.background,
      );
    for (let i = 0; i < 1000; i++) expect(await take(i)).toBeNull();
    // Nobody is asked about one that is newer still, and it has the whole limit.
    const all = await Promise.all(Array.from({ length: 30 }, () => take(1001)));
    expect(all.filter((limited) => limited === null)).toHaveLength(10);
  });
});

describe("counts", () => {
  it("say what each policy did, once", async () => {
    const isolate = new Isolate();
    const limits = {
      a: { rate: 1, periodSeconds: 60, burst: 1 },
      b: { rate: 1, periodSeconds: 60, burst: 1, shadow: true },
    };
    const arrival = arrivalOf(limits, "203.0.113.9", isolate.now);
    const outcomes = [];
    for (let i = 0; i < 4; i++) outcomes.push(await isolate.limits.take(arrival, isolate.background));
    await isolate.settle();
    expect(outcomes.at(-1)).toMatchObject({ kind: "limited", limit: "a", action: "block", rate: 1, periodSeconds: 60 });
    const counts = new Map(isolate.limits.takeCounts().map((each) => [each.limit, each]));
    const a = counts.get("a");
    expect((a?.passed ?? 0) + (a?.limited ?? 0)).toBe(4);
    expect(a?.limited).toBeGreaterThan(0);
    expect(counts.get("b")).toMatchObject({ limited: 0 });
    expect(isolate.limits.takeCounts()).toEqual([]);
  });

  it("a policy that would challenge says so", async () => {
    const isolate = new Isolate();
    const arrival = arrivalOf({ a: { rate: 1, burst: 1, action: "challenge" } }, "203.0.113.9", isolate.now);
    let last = null;
    for (let i = 0; i < 4; i++) last = await isolate.limits.take(arrival, isolate.background);
    expect(last).toMatchObject({ kind: "limited", action: "challenge" });
  });
});
