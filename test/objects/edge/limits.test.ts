import { beforeEach, describe, expect, it, vi } from "vitest";
import { MAX_EDGES } from "../../../src/shield/limit/loan.ts";
import { FakeLimiters } from "../../fakes/limiters.ts";
import { EdgeWorld } from "./world.ts";

const regions = ["eu-central-1"];
/** Five at once, and ten a second. */
const strict = { rate: 10, burst: 5 };

const from = (address: string, headers: Record<string, string> = {}) => ({
  headers: { "cf-connecting-ip": address, ...headers },
});
const CLIENT = "203.0.113.9";

async function startWith(limit: object, more: object = {}) {
  const world = await EdgeWorld.start(regions, { limits: { "per-client": null, strict: limit }, ...more });
  const limiters = new FakeLimiters(() => world.now);
  world.limiters = limiters;
  return { world, limiters };
}

async function statuses(world: EdgeWorld, count: number, client: object = from(CLIENT), path = "/"): Promise<number[]> {
  const all: number[] = [];
  for (let i = 0; i < count; i++) all.push((await world.send(path, client)).status);
  return all;
}

/** Asks for what was asked for last, as so many other edges would. */
async function askFromOthers(limiters: FakeLimiters, edges: number): Promise<void> {
  const last = limiters.asks.at(-1);
  if (!last) throw new Error("nobody has asked");
  for (let i = 0; i < edges; i++)
    await limiters.limiter(last.name).ask({ ...last.ask, edge: `other-${i}`, sequence: 1, demand: 0, need: 0 });
}

const passedOf = (all: readonly number[]) => all.filter((status) => status === 200).length;

describe("a limit", () => {
  it("lets the burst pass, and then answers 429 with when to come again", async () => {
    const { world } = await startWith(strict);
    const all = await statuses(world, 30);
    // The burst, what is lent ahead, and the one that needs no asking.
    expect(passedOf(all)).toBeGreaterThanOrEqual(5);
    expect(passedOf(all)).toBeLessThanOrEqual(5 + 6 + 1);
    const response = await world.send("/", from(CLIENT));
    expect(response.status).toBe(429);
    expect(response.headers.get("retry-after")).toBe("1");
    expect(response.headers.get("ratelimit-policy")).toBe('"strict";q=10;w=1');
    expect(response.headers.get("ratelimit")).toBe('"strict";r=0;t=1');
    expect(await response.json()).toMatchObject({ type: "/problems/rate-limited", status: 429 });
  });

  it.each([
    ["requests", { cost: 5 }, '"strict";q=2;w=1', "is 2 in 1 s"],
    ["one request in as long as it takes to come", { cost: 25, burst: 25 }, '"strict";q=1;w=3', "is 1 in 3 s"],
  ])("says its quota in %s", async (_, limit, policy, words) => {
    const { world } = await startWith({ ...strict, ...limit });
    await statuses(world, 30);
    const response = await world.send("/", from(CLIENT));
    expect(response.headers.get("ratelimit-policy")).toBe(policy);
    expect(((await response.json()) as { detail: string }).detail).toContain(words);
  });

  it("holds beside one that challenges, whatever their names, and however its path is spelled", async () => {
    const { world } = await startWith({ ...strict, pathPrefix: "/login" });
    await world.apply({ limits: { "a-challenge": { rate: 1, burst: 1, action: "challenge" } } });
    world.now += 2000;
    const spelled = ["/login", "/%6cogin", "//login", "/login;a=1"];
    const blocked = new Set<string>();
    for (let i = 0; i < 60; i++) {
      const path = spelled[i % spelled.length] as string;
      const response = await world.send(path, from(CLIENT));
      if (response.status === 429 && ((await response.json()) as { type: string }).type === "/problems/rate-limited")
        blocked.add(path);
    }
    expect([...blocked].sort()).toEqual([...spelled].sort());
  });

  it("that challenges refuses a verified bot, which cannot solve anything", async () => {
    const bot = { name: "Googlebot", reason: "published", createdAt: 0, expiresAt: null };
    const { world } = await startWith({ ...strict, action: "challenge" }, { bots: { [`${CLIENT}/32`]: bot } });
    await statuses(world, 30);
    await statuses(world, 30, from("203.0.113.10"));
    const typeOf = async (client: string) =>
      ((await (await world.send("/", from(client))).json()) as { type: string }).type;
    expect(await typeOf(CLIENT)).toBe("/problems/rate-limited");
    expect(await typeOf("203.0.113.10")).toBe("/problems/challenge-required");
  });

  it("holds across edges", async () => {
    const { world, limiters } = await startWith(strict);
    const others = [world.sibling(), world.sibling(), world.sibling()];
    for (const other of others) other.limiters = limiters;
    let passed = 0;
    for (let ms = 0; ms < 4000; ms += 20) {
      for (const edge of [world, ...others]) {
        edge.now = world.now;
        passed += passedOf(await statuses(edge, 1));
      }
      world.now += 20;
    }
    expect(passed).toBeLessThanOrEqual(5 + 10 * (4 + 0.6) + 4);
    expect(passed).toBeGreaterThanOrEqual(0.98 * 40);
    expect(limiters.asks.length).toBeLessThanOrEqual(4 * 4 * 8);
  });

  it("asks nobody about quiet clients", async () => {
    const { world, limiters } = await startWith({ rate: 1000, burst: 100 });
    for (let i = 0; i < 100; i++) {
      expect(await statuses(world, 1, from(`198.51.100.${i}`))).toEqual([200]);
      expect(await statuses(world, 1)).toEqual([200]);
      world.now += 30;
    }
    expect(limiters.asks).toEqual([]);
  });

  it("names the policy in the trace of the request", async () => {
    const { world } = await startWith(strict);
    await statuses(world, 20);
    world.now += 1500;
    await world.send("/", from("198.51.100.1"));
    const kept = world.kept.flatMap(({ traces }) => traces).filter(({ occasion }) => occasion === "refused");
    expect(kept.length).toBeGreaterThan(0);
    expect(kept[0]?.explanation.course).toMatchObject({ outcome: "limited", status: 429, limit: "strict" });
  });

  it("ends and changes at once with the table", async () => {
    const { world } = await startWith(strict);
    await statuses(world, 20);
    expect(await statuses(world, 1)).toEqual([429]);
    await world.apply({ limits: { strict: { burst: 100, rate: 100 } } });
    world.now += 600;
    await world.send("/", from("198.51.100.1"));
    expect(await statuses(world, 1)).toEqual([200]);
    await world.apply({ limits: { strict: null } });
    world.now += 600;
    await world.send("/", from("198.51.100.1"));
    expect(passedOf(await statuses(world, 300))).toBe(300);
  });
});

describe("whom a limit is for", () => {
  it.each([
    ["another path", { pathPrefix: "/login" }, "/loginx", from(CLIENT)],
    ["another method", { methods: ["POST"] }, "/", from(CLIENT)],
    ["another service", { services: ["web"] }, "/", from(CLIENT)],
    ["no cost", { cost: 0 }, "/", from(CLIENT)],
  ])("not %s", async (_, limit, path, client) => {
    const web = { services: { web: { hosts: ["web.example.com"], policy: "latency" } } };
    const { world } = await startWith({ ...strict, ...limit }, web);
    expect(passedOf(await statuses(world, 40, client, path))).toBe(40);
  });

  it.each([
    ["its path, and below", { pathPrefix: "/login" }, "/login/now", from(CLIENT)],
    ["a v4-mapped address is the v4 one", {}, "/", from(`::ffff:${CLIENT}`)],
    [
      "what a client says of itself is nothing",
      {},
      "/",
      from(CLIENT, { "x-forwarded-for": "192.0.2.1", forwarded: "for=192.0.2.1" }),
    ],
    ["those who lack the header share", { key: [{ kind: "header", name: "X-Api-Key" }] }, "/", from("198.51.100.7")],
    ["a cookie", { key: [{ kind: "cookie", name: "id" }] }, "/", from("198.51.100.7", { cookie: "a=b; id=1" })],
    ["a country", { key: [{ kind: "country" }, { kind: "asn" }] }, "/", from("198.51.100.7")],
  ])("%s", async (_, limit, path, client) => {
    const { world } = await startWith({ ...strict, ...limit });
    await statuses(world, 20, from(CLIENT, { cookie: "id=1" }), path);
    expect(passedOf(await statuses(world, 10, client, path))).toBe(0);
  });

  it("a v6 client is its /64, and its neighbour another", async () => {
    const { world } = await startWith(strict);
    await statuses(world, 20, from("2001:db8:1:1::1"));
    expect(await statuses(world, 1, from("2001:db8:1:1:ffff::2"))).toEqual([429]);
    expect(await statuses(world, 1, from("2001:db8:1:2::1"))).toEqual([200]);
  });

  it("other values of a header are others", async () => {
    const { world } = await startWith({ ...strict, key: [{ kind: "header", name: "X-Api-Key" }] });
    await statuses(world, 20, from(CLIENT, { "x-api-key": "one" }));
    expect(await statuses(world, 1, from(CLIENT, { "x-api-key": "one" }))).toEqual([429]);
    expect(await statuses(world, 1, from(CLIENT, { "x-api-key": "two" }))).toEqual([200]);
  });
});

describe("a limit that only watches", () => {
  it.each([[{ shadow: true }], [{ action: "log" }]])("%o lets all pass, and asks in the background", async (limit) => {
    const { world, limiters } = await startWith({ ...strict, ...limit });
    expect(passedOf(await statuses(world, 40))).toBe(40);
    expect(limiters.asks.length).toBeGreaterThan(0);
  });
});

describe("when the owner cannot be reached", () => {
  beforeEach(() => {
    vi.spyOn(console, "warn").mockReturnValue();
  });

  it.each([
    ["open", 200, 200],
    ["closed", 1, 1],
    // A tenth of the burst, and the one that needs no asking.
    ["divide", 2, 12],
  ])("%s", async (whenUnreachable, least, most) => {
    const { world, limiters } = await startWith({ rate: 100, burst: 20, whenUnreachable });
    limiters.isUnreachable = true;
    const passed = passedOf(await statuses(world, 200));
    expect(passed).toBeGreaterThanOrEqual(least);
    expect(passed).toBeLessThanOrEqual(most);
    // Not each of them asks again.
    expect(limiters.asks.length).toBeLessThanOrEqual(2);
  });

  it("divides by the edges that it last heard of, after a pause and for other keys too", async () => {
    const byKey = { rate: 1000, burst: 1000, key: [{ kind: "header", name: "X-Api-Key" }] };
    const { world, limiters } = await startWith(byKey);
    const one = from(CLIENT, { "x-api-key": "one" });
    await statuses(world, 1, one);
    await askFromOthers(limiters, 99);
    world.now += 200;
    await statuses(world, 2, one);
    limiters.isUnreachable = true;
    world.now += 2000;
    expect(passedOf(await statuses(world, 30, one))).toBe(10);
    expect(passedOf(await statuses(world, 30, from(CLIENT, { "x-api-key": "two" })))).toBe(10);
  });

  it("does not wait for ever", async () => {
    const { world, limiters } = await startWith({ ...strict, whenUnreachable: "open" });
    limiters.isSilent = true;
    const first = await world.sendOnly("/", from(CLIENT));
    const second = await world.sendOnly("/", from(CLIENT));
    expect([first.status, second.status]).toEqual([200, 200]);
  });

  it("goes back to the owner when it is there again", async () => {
    const { world, limiters } = await startWith({ ...strict, whenUnreachable: "closed" });
    limiters.isUnreachable = true;
    await statuses(world, 5);
    limiters.isUnreachable = false;
    world.now += 2000;
    await statuses(world, 2);
    expect(passedOf(await statuses(world, 4))).toBeGreaterThan(0);
  });
});

describe("an edge that the owner has no room for", () => {
  it.each(["divide", "open", "closed"])("has its part of the limit: %s", async (whenUnreachable) => {
    const { world, limiters } = await startWith({
      ...{ rate: 20_000, burst: 20_000, whenUnreachable },
      key: [{ kind: "country" }],
    });
    await statuses(world, 1);
    await askFromOthers(limiters, MAX_EDGES - 1);
    const late = world.sibling();
    late.limiters = limiters;
    // All that there is has been lent: nothing at once, and an equal part of what comes.
    expect(passedOf(await statuses(late, 40))).toBe(0);
    late.now += 1000;
    expect(passedOf(await statuses(late, 60))).toBe(Math.floor(20_000 / (MAX_EDGES + 1)));
    // It asks once in two seconds.
    expect(limiters.asks).toHaveLength(MAX_EDGES + 1);
  });
});

describe("bad weather", () => {
  it("a clock that goes back keeps nobody out", async () => {
    const { world } = await startWith(strict);
    await statuses(world, 20);
    world.now -= 3_600_000;
    await statuses(world, 5);
    for (let i = 0; i < 20; i++) {
      world.now += 100;
      await statuses(world, 1);
    }
    world.now += 400;
    expect(passedOf(await statuses(world, 3))).toBeGreaterThan(0);
  });

  it("a flood from many addresses asks about few of them, and other clients pass", async () => {
    const { world, limiters } = await startWith(strict);
    let good = 0;
    for (let i = 0; i < 400; i++) {
      await statuses(world, 3, from(`${11 + (i % 80)}.${i % 251}.${i % 13}.7`));
      good += passedOf(await statuses(world, 2, from(`100.${64 + (i % 60)}.${i % 251}.1`)));
    }
    const names = new Set(limiters.asks.map(({ name }) => name));
    expect(names.size).toBeLessThanOrEqual(100);
    expect(good).toBe(800);
  });
});
