import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Mitigator } from "../../../durable-objects/mitigator/object.ts";
import { rateLimiter } from "../../../durable-objects/stubs.ts";
import type { Breach } from "../../../src/shield/attack.ts";
import type { Ask } from "../../../src/shield/limit/message.ts";
import { nextAlarmAt, tick } from "../alarms.ts";
import { eventually } from "../eventually.ts";

const start = Date.UTC(2100, 0, 1);
const spec = { rate: 100, periodSeconds: 1, burst: 10 };
const base: Ask = {
  edge: "a",
  sequence: 1,
  spec,
  demand: 10,
  need: 1,
  waiting: 0,
  held: 0,
  returned: 0,
  ahead: 0,
  spanMs: 250,
  ban: null,
};
const ban = { limit: "per-client", client: "203.0.113.9", afterSeconds: 3 };

let name = "";
let tests = 0;
const ask = (change: Partial<Ask> = {}) => rateLimiter(env, name).ask({ ...base, ...change });

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: start });
  name = `test-${++tests}`;
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("the owner of a bucket", () => {
  it("lends to those who ask", async () => {
    const grant = await ask();
    expect(grant).toMatchObject({ sequence: 1, edges: 1, pace: null, retryAfterMs: 0, crowded: false });
    expect(grant?.tokens).toBeGreaterThanOrEqual(1);
  });

  it("answers an ask that comes twice the same, and lends once", async () => {
    const first = await ask({ need: 10 });
    expect(first?.tokens).toBeGreaterThanOrEqual(10);
    for (let i = 0; i < 10; i++) expect(await ask({ need: 10 })).toEqual(first);
    expect((await ask({ edge: "b", need: 10 }))?.tokens).toBeGreaterThanOrEqual(10);
  });

  it("gives an old ask nothing", async () => {
    await ask({ sequence: 5 });
    expect(await ask({ sequence: 4 })).toMatchObject({ sequence: 4, tokens: 0 });
  });

  it.each([
    ["not an ask", { sequence: -1 }],
    ["an ask of another bucket", { spec: { ...spec, rate: 99 } }],
    ["more tokens than can be", { held: Number.MAX_SAFE_INTEGER }],
  ])("does not answer %s", async (_, change) => {
    await ask();
    expect(await ask({ sequence: 2, ...change })).toBeNull();
    expect(await ask({ sequence: 3 })).not.toBeNull();
  });

  it("of a fast limit begins with a full bucket after a restart", async () => {
    let lent = 0;
    for (let i = 0; i < 30; i++) lent += (await ask({ edge: `e${i}`, need: 10 }))?.tokens ?? 0;
    // The burst, and 0.6 s of the rate.
    expect(lent).toBeLessThanOrEqual(70);
    expect((await ask({ edge: "late", need: 10 }))?.tokens).toBe(0);
    await evictDurableObject(env.RATE_LIMITER.getByName(name));
    expect((await ask({ edge: "late", need: 10, sequence: 2 }))?.tokens).toBeGreaterThanOrEqual(10);
  });
});

describe("a slow limit's bucket", () => {
  const slow = { rate: 10, periodSeconds: 60, burst: 10 };
  const stub = () => env.RATE_LIMITER.getByName(name);
  const kept = () => runInDurableObject(stub(), (_, { storage }) => storage.kv.get<{ parts: number }>("bucket"));
  /** Tokens that new edges get of it now. */
  const drain = async (edges: string) => {
    let lent = 0;
    for (let i = 0; i < 15; i++) lent += (await ask({ spec: slow, edge: `${edges}${i}`, demand: 0 }))?.tokens ?? 0;
    return lent;
  };

  it("is not refilled by the end of its object's memory", async () => {
    expect(await drain("a")).toBe(10);
    await evictDurableObject(stub());
    expect(await drain("b")).toBe(0);
    vi.setSystemTime(start + 20_000);
    await evictDurableObject(stub());
    // While edges may have had what was lent, nothing came beside it.
    expect(await drain("c")).toBe(2);
  });

  it("loses less than a token with each memory", async () => {
    let lent = 0;
    for (let i = 0; i < 60; i++) {
      lent += await drain(`${i}-`);
      await evictDurableObject(stub());
      vi.setSystemTime(Date.now() + 1000);
    }
    expect(lent).toBeLessThanOrEqual(10 + 60 / 6 + 1);
  });

  it("gains nothing when the clock has been set back meanwhile, and fills from then on", async () => {
    await drain("a");
    await evictDurableObject(stub());
    vi.setSystemTime(start - 3_600_000);
    expect(await drain("b")).toBe(0);
    vi.setSystemTime(start - 3_600_000 + 20_000);
    expect(await drain("c")).toBe(2);
  });

  it.each([
    ["cannot be read", "nonsense"],
    ["is of another bucket", { spec: { ...slow, burst: 11 }, at: start, parts: 0, lent: 0, lentForMs: 0 }],
  ])("is full where what was written %s", async (_, stored) => {
    vi.spyOn(console, "warn").mockReturnValue();
    await runInDurableObject(stub(), (_object, { storage }) => storage.kv.put("bucket", stored));
    expect(await drain("a")).toBe(10);
  });

  it("leaves nothing behind when it is full again", async () => {
    await drain("a");
    expect(await kept()).toMatchObject({ at: start, lent: 10 });
    await evictDurableObject(stub());
    vi.setSystemTime(start + 50_000);
    expect(await drain("b")).toBeGreaterThan(0);
    // By the first alarm it is not full yet.
    await tick(stub());
    expect(await kept()).toBeDefined();
    expect(await nextAlarmAt(stub())).toBeGreaterThan(start + 80_000);
    await tick(stub());
    expect(await kept()).toBeUndefined();
    await expect(nextAlarmAt(stub())).rejects.toThrow();
    expect(await drain("c")).toBe(10);
  });

  it("is written for each token at most, and another's not at all", async () => {
    await drain("a");
    const written = await kept();
    await drain("a");
    vi.setSystemTime(start + 1000);
    await drain("b");
    expect(await kept()).toEqual(written);
    name = `${name}-fast`;
    await ask({ need: 10 });
    expect(await kept()).toBeUndefined();
  });
});

describe("a client that stays over its limit", () => {
  const heard: Breach[] = [];
  let fails = false;
  /** Asks each quarter of a second. */
  const press = async (seconds: number, change: Partial<Ask> = {}) => {
    for (let i = 0; i < seconds * 4; i++) {
      vi.setSystemTime(Date.now() + 250);
      await ask({ sequence: ++sequence, demand: 300, ban, ...change });
    }
  };
  let sequence = 0;

  beforeEach(() => {
    heard.length = 0;
    fails = false;
    sequence = 0;
    vi.spyOn(Mitigator.prototype, "breached").mockImplementation(async (breach) => {
      if (fails) throw new Error("not now");
      heard.push(breach);
    });
  });

  it("is reported after as long as its policy allows, and then once in a while", async () => {
    await press(2);
    expect(heard).toEqual([]);
    await press(2);
    await eventually(() => expect(heard).toHaveLength(1));
    expect(heard[0]).toMatchObject({ limit: "per-client", client: "203.0.113.9", offered: 300, allowed: 100 });
    expect(heard[0]?.seconds).toBeGreaterThanOrEqual(3);
    await press(5);
    expect(heard).toHaveLength(1);
    await press(6);
    await eventually(() => expect(heard).toHaveLength(2));
  });

  it("is not reported when it keeps within the limit for a moment", async () => {
    await press(2);
    await press(0.5, { demand: 90 });
    await press(2);
    expect(heard).toEqual([]);
  });

  it("is not reported when its policy bans nobody", async () => {
    await press(5, { ban: null });
    expect(heard).toEqual([]);
  });

  it("is reported again soon when nobody heard it, and the edges do not notice", async () => {
    fails = true;
    vi.spyOn(console, "warn").mockReturnValue();
    await press(5);
    fails = false;
    await press(5);
    await eventually(() => expect(heard.length).toBeGreaterThanOrEqual(1));
  });
});
