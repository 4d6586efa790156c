import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Mitigator } from "../../../durable-objects/mitigator/object.ts";
import { rateLimiter } from "../../../durable-objects/stubs.ts";
import type { Breach } from "../../../src/shield/attack.ts";
import type { Ask } from "../../../src/shield/limit/message.ts";
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

  it("begins with a full bucket after a restart", async () => {
    let lent = 0;
    for (let i = 0; i < 30; i++) lent += (await ask({ edge: `e${i}`, need: 10 }))?.tokens ?? 0;
    // The burst, and 0.6 s of the rate.
    expect(lent).toBeLessThanOrEqual(70);
    expect((await ask({ edge: "late", need: 10 }))?.tokens).toBe(0);
    await evictDurableObject(env.RATE_LIMITER.getByName(name));
    expect((await ask({ edge: "late", need: 10, sequence: 2 }))?.tokens).toBeGreaterThanOrEqual(10);
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
