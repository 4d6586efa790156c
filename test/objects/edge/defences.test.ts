import { describe, expect, it } from "vitest";
import type { Defence } from "../../../src/table/defence.ts";
import { EdgeWorld, type Handler, ok, silent } from "./world.ts";

const regions = ["eu-central-1"];
const [backend] = ["eu-central-1-a"];
const rule = { reason: "test", createdAt: 0, expiresAt: null };

const start = (service: object = {}, patch: object = {}) =>
  EdgeWorld.start(regions, { services: { api: service }, ...patch });

/** An attack of this level on the service, by clients that call themselves curl. */
async function attack(world: EdgeWorld, level: Defence["level"], signatures?: Defence["signatures"]): Promise<void> {
  const next = {
    attack: "attack-1",
    level,
    since: 0,
    signatures: signatures ?? [{ match: { agentFamily: "curl" }, perSecond: 2 }],
  };
  const wished = await world.table.setDefence({ service: "api", next, expected: null });
  if (!wished.ok) throw new Error(JSON.stringify(wished.error));
}

const send = (world: EdgeWorld, { ip = "203.0.113.9", agent = "curl/8.5.0", ...init }: Record<string, string> = {}) =>
  world.send("/", { headers: { "cf-connecting-ip": ip, "user-agent": agent, ...init } });

const statuses = async (world: EdgeWorld, count: number, client: Record<string, string> = {}) => {
  const all: number[] = [];
  for (let i = 0; i < count; i++) all.push((await send(world, client)).status);
  return all;
};

const problemOf = async (response: Response) => ((await response.json()) as { type: string }).type.split("/").at(-1);

describe("an attack", () => {
  it("at level limit is let through as its signature says, all clients together; others are not touched", async () => {
    const world = await start();
    await attack(world, "limit");
    expect(await statuses(world, 2)).toEqual([200, 200]);
    const refused = await send(world, { ip: "198.51.100.7" });
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(await problemOf(refused)).toBe("throttled");
    expect(await statuses(world, 3, { agent: "okhttp/4" })).toEqual([200, 200, 200]);
    world.now += 1000;
    expect(await statuses(world, 3)).toEqual([200, 200, 429]);
  });

  it("at level challenge is asked to solve one", async () => {
    const world = await start();
    await attack(world, "challenge");
    const response = await send(world);
    expect(response.status).toBe(429);
    expect(await problemOf(response)).toBe("challenge-required");
    expect(await statuses(world, 1, { agent: "okhttp/4" })).toEqual([200]);
  });

  it("at level block is kept out", async () => {
    const world = await start();
    await attack(world, "block");
    const response = await send(world);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({
      type: "/problems/mitigated",
      detail: "The service is under attack, and this request is like those of the attack.",
    });
    expect(world.asked).toEqual([]);
  });

  it.each(["limit", "challenge", "block"] as const)("at level %s lets the allowlist pass", async (level) => {
    const world = await start({}, { allowlist: { "203.0.113.9/32": rule } });
    await attack(world, level);
    expect(await statuses(world, 5)).toEqual([200, 200, 200, 200, 200]);
  });

  it.each(["limit", "challenge", "block"] as const)(
    "at level %s lets a verified bot have the share of who has met a challenge",
    async (level) => {
      const limits = { "per-client": { rate: 10, burst: 1000 } };
      const world = await start({}, { limits, bots: { "203.0.113.9/32": { ...rule, name: "Googlebot" } } });
      await attack(world, level, [{ match: { agentFamily: "curl" }, perSecond: 1 }]);
      const first = await statuses(world, 20);
      expect(first).toEqual(first.map(() => 200));
      const page = { accept: "text/html", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };
      expect((await statuses(world, 2, page)).at(-1)).toBe(429);
      expect(await problemOf(await send(world, page))).toBe("throttled");
      expect(await statuses(world, 2, { ip: "203.0.113.10" })).not.toContain(200);
    },
  );

  it("is met no harder than the service allows", async () => {
    const world = await start({ mitigation: { most: "limit" } });
    await attack(world, "block");
    expect(await statuses(world, 3)).toEqual([200, 200, 429]);
  });

  it("that is only observed is served", async () => {
    const world = await start({ mitigation: { mode: "observe" } });
    await attack(world, "block");
    expect(await statuses(world, 3)).toEqual([200, 200, 200]);
  });

  it("has a bucket for each of its signatures", async () => {
    const world = await start();
    const signatures = [
      { match: { prefix: "203.0.113.0/24" }, perSecond: 1 },
      { match: { prefix: "198.51.100.0/24" }, perSecond: 1 },
    ];
    await attack(world, "limit", signatures);
    expect(await statuses(world, 2)).toEqual([200, 429]);
    expect(await statuses(world, 2, { ip: "198.51.100.7" })).toEqual([200, 429]);
  });

  it("that ends is forgotten", async () => {
    const world = await start();
    await attack(world, "block");
    expect(await statuses(world, 1)).toEqual([403]);
    await world.table.setDefence({ service: "api", next: null, expected: "attack-1" });
    world.now += 10_000;
    expect(await statuses(world, 1)).toEqual([200]);
  });
});

describe("a service whose level a person has set", () => {
  it("is closed to all at block", async () => {
    const world = await start({ mitigation: { mode: "block" } });
    const response = await send(world, { agent: "Firefox/130" });
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining("closed for the moment") });
  });

  it("gives each client a tenth of its rate limits at limit", async () => {
    const limits = { "per-client": { rate: 30, burst: 30 } };
    const world = await start({ mitigation: { mode: "limit" } }, { limits });
    expect(await statuses(world, 4)).toEqual([200, 200, 200, 429]);
    expect(await statuses(world, 4, { ip: "203.0.113.10" })).toEqual([200, 200, 200, 429]);
    expect(await statuses(world, 1, { ip: "2001:db8:1:2::1" })).toEqual([200]);
  });

  it.each(["limit", "challenge", "block"])("lets the allowlist pass at %s", async (mode) => {
    const patch = { allowlist: { "203.0.113.9/32": rule }, limits: { "per-client": { rate: 10, burst: 10 } } };
    const world = await start({ mitigation: { mode } }, patch);
    expect(await statuses(world, 3)).toEqual([200, 200, 200]);
  });

  it("limits a verified bot where it challenges, and is closed to it where it is to all", async () => {
    const bots = { "203.0.113.9/32": { ...rule, name: "Googlebot" } };
    const limits = { "per-client": { rate: 10, burst: 1000 } };
    const challenging = await start({ mitigation: { mode: "challenge" } }, { bots, limits });
    expect(await statuses(challenging, 22)).toEqual([...Array(20).fill(200), 429, 429]);
    expect(await problemOf(await send(challenging))).toBe("throttled");
    expect(await problemOf(await send(challenging, { ip: "203.0.113.10" }))).toBe("challenge-required");
    const closed = await start({ mitigation: { mode: "block" } }, { bots });
    expect(await statuses(closed, 1)).toEqual([403]);
  });

  it("is traced as what it is", async () => {
    const world = await start({ mitigation: { mode: "block" } });
    await send(world);
    world.now += 60_000;
    await send(world);
    const courses = world.kept.flatMap(({ traces }) => traces.map(({ occasion }) => occasion));
    expect(courses).toContain("refused");
  });
});

const page = { accept: "text/html", agent: "Firefox/130" };

async function clear(world: EdgeWorld): Promise<string> {
  const bits = { kind: "proof-of-work", bits: 1 };
  await world.apply({ services: { api: { mitigation: { mode: "challenge", challenge: bits } } } });
  world.now += 10_000;
  const html = await (await send(world, page)).text();
  const token = /data-token="([^"]*)"/.exec(html)?.[1] ?? "";
  for (let solution = 0; solution < 100; solution++) {
    const response = await world.send("/.well-known/novacron/challenge", {
      method: "POST",
      headers: {
        "cf-connecting-ip": "203.0.113.9",
        "user-agent": page.agent,
        "content-type": "application/json",
      },
      body: JSON.stringify({ token, solution: String(solution) }),
    });
    if (response.status === 204) return response.headers.get("set-cookie")?.split(";")[0] ?? "";
  }
  throw new Error("not cleared");
}

describe("a client that has met a challenge", () => {
  it.each([
    ["limit", [200, 200, 200]],
    ["challenge", [200, 200, 200]],
    ["block", [403, 403, 403]],
  ] as const)("at level %s gets %j", async (level, expected) => {
    const world = await start();
    const cookie = await clear(world);
    await world.apply({ services: { api: { mitigation: { mode: "auto" } } } });
    await attack(world, level, [{ match: {}, perSecond: 1 }]);
    world.now += 10_000;
    expect(await statuses(world, 3, { agent: page.agent, cookie })).toEqual(expected);
    const other = await statuses(world, 2, { agent: "x", cookie });
    expect(other).not.toContain(200);
  });
});

describe("a client that has met a challenge, under an attack", () => {
  it.each(["limit", "challenge"] as const)("has a share of its own at level %s, and no more", async (level) => {
    const world = await start({}, { limits: { "per-client": { rate: 30, burst: 1000 } } });
    const client = { agent: page.agent, cookie: await clear(world) };
    await world.apply({ services: { api: { mitigation: { mode: "auto" } } } });
    await attack(world, level, [{ match: {}, perSecond: 1 }]);
    world.now += 10_000;
    const passed = (await statuses(world, 40, client)).filter((status) => status === 200).length;
    expect([20, 21]).toContain(passed);
    const refused = await send(world, client);
    expect([refused.status, await problemOf(refused)]).toEqual([429, "throttled"]);
    world.now += 1000;
    expect(await statuses(world, 20, client)).toEqual(Array(20).fill(200));
  });
});

describe("requests of one client that are in progress", () => {
  const headers = (ip = "203.0.113.9") => ({ headers: { "cf-connecting-ip": ip } });

  /** A backend that answers when it is told to. */
  function gate(): { handler: Handler; open: () => void } {
    const opened = Promise.withResolvers<void>();
    return { handler: (request, signal) => opened.promise.then(() => ok(request, signal)), open: opened.resolve };
  }

  it("are so many at most; others are not kept out, nor is the client afterwards", async () => {
    const world = await start({ maxConcurrentPerClient: 2 });
    const { handler, open } = gate();
    world.handlers.set(backend as string, handler);
    const waiting = [world.sendOnly("/", headers()), world.sendOnly("/", headers())];
    await expect.poll(() => world.asked.length).toBe(2);
    const refused = await world.sendOnly("/", headers());
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(await problemOf(refused)).toBe("too-many-waiting");
    const other = world.sendOnly("/", headers("203.0.113.10"));
    await expect.poll(() => world.asked.length).toBe(3);
    open();
    for (const response of await Promise.all([...waiting, other])) {
      expect(response.status).toBe(200);
      await response.text();
    }
    await expect.poll(async () => (await world.sendOnly("/", headers())).status).toBe(200);
  });

  it("are until the last of their bytes has gone", async () => {
    const world = await start({ maxConcurrentPerClient: 2 });
    const slow = [await world.sendOnly("/", headers()), await world.sendOnly("/", headers())];
    expect(await problemOf(await world.sendOnly("/", headers()))).toBe("too-many-waiting");
    for (const response of slow) await response.text();
    await expect.poll(async () => (await world.sendOnly("/", headers())).status).toBe(200);
  });

  it("are over when their client has gone, before there is a response and after", async () => {
    const world = await start({ maxConcurrentPerClient: 1 });
    world.handlers.set(backend as string, silent);
    const waits = new AbortController();
    void world.sendOnly("/", { ...headers(), signal: waits.signal });
    await expect.poll(() => world.asked.length).toBe(1);
    expect(await problemOf(await world.sendOnly("/", headers()))).toBe("too-many-waiting");
    waits.abort();
    world.handlers.set(backend as string, ok);
    const reads = new AbortController();
    expect((await world.sendOnly("/", { ...headers(), signal: reads.signal })).status).toBe(200);
    expect(await problemOf(await world.sendOnly("/", headers()))).toBe("too-many-waiting");
    reads.abort();
    expect((await world.sendOnly("/", headers())).status).toBe(200);
  });

  it("may be more where the client is on the allowlist", async () => {
    const world = await start({ maxConcurrentPerClient: 1 }, { allowlist: { "203.0.113.9/32": rule } });
    const { handler, open } = gate();
    world.handlers.set(backend as string, handler);
    const waiting = [world.sendOnly("/", headers()), world.sendOnly("/", headers())];
    await expect.poll(() => world.asked.length).toBe(2);
    open();
    for (const response of await Promise.all(waiting)) expect(response.status).toBe(200);
  });

  it.each<[string, object, Handler, number]>([
    ["answered", {}, ok, 200],
    ["lost", { maxRetries: 0, ejectAfterErrors: 1000 }, () => Promise.reject(new Error("reset")), 502],
    ["given up", { tryTimeoutMs: 10, maxRetries: 0 }, silent, 504],
    ["kept out", { mitigation: { mode: "block" } }, ok, 403],
  ])("wait no more when they are %s", async (_, service, handler, status) => {
    const world = await start({ maxConcurrentPerClient: 1, ...service });
    world.handlers.set(backend as string, handler);
    for (let i = 0; i < 3; i++) {
      const response = await world.sendOnly("/", headers());
      expect(response.status).toBe(status);
      await response.text();
      await world.settle();
    }
  });

  it("wait no more when the edge has crashed over them", async () => {
    const world = await start({ maxConcurrentPerClient: 1 });
    // The body is looked at when the request has been counted.
    const crashing = () => {
      const request = new Request("http://api.example.com/", headers());
      return world.sendRequest(
        new Proxy(request, {
          get: (target, name) => {
            if (name === "method") return "POST";
            if (name === "body") throw new Error("a bug");
            const value: unknown = Reflect.get(target, name, target);
            return typeof value === "function" ? value.bind(target) : value;
          },
        }),
      );
    };
    for (let i = 0; i < 3; i++) expect((await crashing()).status).toBe(500);
    expect((await world.sendOnly("/", headers())).status).toBe(200);
  });
});

describe("request bodies", () => {
  const chunks = (...sizes: number[]) =>
    new ReadableStream<Uint8Array>({
      start(controller) {
        for (const size of sizes) controller.enqueue(new Uint8Array(size));
        controller.close();
      },
    });
  const reading: Handler = async (request) => new Response(String((await request.arrayBuffer()).byteLength));

  it.each([
    ["as long as may be", "10", 200],
    ["longer", "11", 413],
    ["far longer", "999999999999999", 413],
  ])("that say they are %s", async (_, length, status) => {
    const world = await start({ maxBodyBytes: 10 });
    const body = "x".repeat(Math.min(Number(length), 11));
    const response = await world.send("/", { method: "POST", body, headers: { "content-length": length } });
    expect(response.status).toBe(status);
    expect(world.asked).toHaveLength(status === 200 ? 1 : 0);
    if (status === 413) expect(await problemOf(response)).toBe("body-too-large");
  });

  it("of unknown length pass whole while they are short enough", async () => {
    const world = await start({ maxBodyBytes: 10 });
    world.handlers.set(backend as string, reading);
    const response = await world.send("/", { method: "POST", body: chunks(4, 6) });
    expect([response.status, await response.text()]).toEqual([200, "10"]);
  });

  it("of unknown length are cut off, and nobody is held to account but the client", async () => {
    const world = await start({ maxBodyBytes: 10, ejectAfterErrors: 1 });
    world.handlers.set(backend as string, reading);
    for (let i = 0; i < 3; i++) {
      const response = await world.send("/", { method: "POST", body: chunks(4, 6, 1) });
      expect(response.status).toBe(413);
      expect(await problemOf(response)).toBe("body-too-large");
    }
    expect(world.table.suspicions).toEqual([]);
  });

  it("are cut off too where the response has come, which stands", async () => {
    const world = await start({ maxBodyBytes: 10 });
    const received = Promise.withResolvers<string>();
    world.handlers.set(backend as string, (request) => {
      request.arrayBuffer().then(
        () => received.resolve("whole"),
        () => received.resolve("cut off"),
      );
      return new Response("early");
    });
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const response = await world.send("/", { method: "POST", body: readable });
    expect([response.status, await response.text()]).toEqual([200, "early"]);
    const writer = writable.getWriter();
    for (let i = 0; i < 3; i++) writer.write(new Uint8Array(5)).catch(() => undefined);
    writer.close().catch(() => undefined);
    expect(await received.promise).toBe("cut off");
  });

  it("of GET are none", async () => {
    const world = await start({ maxBodyBytes: 0 });
    expect((await world.send()).status).toBe(200);
  });

  it("that come too slowly are given up after the time of an upload, without a word against the backend", async () => {
    const world = await start({ uploadTimeoutMs: 30, ejectAfterErrors: 1 });
    world.handlers.set(backend as string, reading);
    const drip = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await scheduler.wait(5);
        controller.enqueue(new Uint8Array(1));
      },
    });
    const response = await world.send("/", { method: "POST", body: drip });
    expect(response.status).toBe(504);
    expect(world.table.suspicions).toEqual([]);
  });
});
