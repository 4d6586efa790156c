import { describe, expect, it } from "vitest";
import { EdgeWorld, type Handler, ok, refused } from "./world.ts";

/** In the order in which a client at Frankfurt is sent to them. */
const regions = ["eu-central-1", "eu-west-2", "eu-west-1"];
const [first, second, third] = regions.map((region) => `${region}-a`) as [string, string, string];
const rules = [
  { pathPrefix: "/pay", class: "critical" },
  { pathPrefix: "/export", class: "bulk" },
];
const start = (shaping: object = {}, names: readonly string[] = regions, service: object = {}) =>
  EdgeWorld.start(names, { services: { api: { shaping: { rules, ...shaping }, tracePercent: 0, ...service } } });

/** A backend that answers when it is told to. */
class Slow {
  readonly #waiting: (() => void)[] = [];

  readonly handler: Handler = async () => {
    await new Promise<void>((resolve) => void this.#waiting.push(resolve));
    return new Response("late");
  };

  get waiting(): number {
    return this.#waiting.length;
  }

  release(): void {
    for (const answer of this.#waiting.splice(0)) answer();
  }
}

const statuses = async (responses: readonly Promise<Response>[]): Promise<number[]> =>
  (await Promise.all(responses)).map(({ status }) => status);

/** Until so many requests have come to the backends. */
async function arrival(world: EdgeWorld, calls: number): Promise<void> {
  while (world.calls.length < calls) await new Promise((resolve) => setTimeout(resolve, 0));
}

describe("the concurrency of a class", () => {
  it("sheds what is beyond it, with the time to come again, and lets others pass", async () => {
    const world = await start({ bulk: { concurrency: 2 } }, [regions[0] as string]);
    const slow = new Slow();
    world.handlers.set(first, slow.handler);
    const exports = [world.sendOnly("/export"), world.sendOnly("/export/x")];
    await arrival(world, 2);
    const shed = await world.send("/export");
    expect(shed.status).toBe(503);
    expect(shed.headers.get("Retry-After")).toBe("5");
    expect(await shed.json()).toMatchObject({
      type: "/problems/shed",
      requestId: shed.headers.get("x-request-id"),
      detail: "There is no room for bulk requests: as many requests of their class are in progress as may be.",
    });
    const others = [world.sendOnly("/exports"), world.sendOnly("/pay")];
    await arrival(world, 4);
    slow.release();
    expect(await statuses([...exports, ...others])).toEqual([200, 200, 200, 200]);
    world.handlers.set(first, ok);
    expect((await world.send("/export")).status).toBe(200);
  });

  it("counts each region apart, so that others are tried first", async () => {
    const world = await start({ bulk: { concurrency: 1 } });
    const slow = new Slow();
    for (const backend of [first, second, third]) world.handlers.set(backend, slow.handler);
    const sent = [];
    for (let i = 1; i <= 3; i++) {
      sent.push(world.sendOnly("/export"));
      await arrival(world, i);
    }
    expect(world.asked).toEqual([first, second, third]);
    expect((await world.send("/export")).status).toBe(503);
    slow.release();
    expect(await statuses(sent)).toEqual([200, 200, 200]);
  });

  it("holds for retries too: they pass over what is full", async () => {
    const world = await start({ bulk: { concurrency: 1 } });
    const slow = new Slow();
    world.handlers.set(first, slow.handler);
    world.handlers.set(second, slow.handler);
    const sent = [world.sendOnly("/export")];
    await arrival(world, 1);
    sent.push(world.sendOnly("/export"));
    await arrival(world, 2);
    world.handlers.set(third, refused);
    const failed = await world.send("/export");
    expect([failed.status, ((await failed.json()) as { detail: string }).detail]).toEqual([
      502,
      expect.stringMatching(/^eu-west-1-a failed .* no other backend was left to try\.$/),
    ]);
    slow.release();
    expect(await statuses(sent)).toEqual([200, 200]);
  });

  it("is told in the trace", async () => {
    const world = await start({ normal: { concurrency: 1 } }, [regions[0] as string]);
    const slow = new Slow();
    world.handlers.set(first, slow.handler);
    const sent = world.sendOnly();
    await arrival(world, 1);
    await world.send();
    expect(world.kept.flatMap(({ traces }) => traces)).toMatchObject([
      {
        occasion: "refused",
        explanation: {
          decision: { kind: "chosen", backend: first },
          course: { outcome: "shed", status: 503, shed: { priority: "normal", shortage: "class-concurrency" } },
        },
      },
    ]);
    slow.release();
    await sent;
  });
});

describe("the adaptive limit of a backend", () => {
  const IN_PROGRESS = 40;

  /** Sends as many requests at once; `ms` pass before the first backend answers those that it has. */
  async function flood(world: EdgeWorld, path: string, ms = 0): Promise<{ served: number; shed: number }> {
    const slow = new Slow();
    world.handlers.set(first, slow.handler);
    const ended: number[] = [];
    const sent = Array.from({ length: IN_PROGRESS }, async () => {
      ended.push((await world.sendOnly(path)).status);
    });
    while (slow.waiting + ended.length < IN_PROGRESS) await new Promise((resolve) => setTimeout(resolve, 0));
    world.now += ms;
    slow.release();
    await Promise.all(sent);
    const count = (wanted: number) => ended.filter((status) => status === wanted).length;
    return { served: count(200), shed: count(503) };
  }

  /** Requests of 10 ms one after the other, then many at a time that take 400 ms. */
  async function overload(world: EdgeWorld): Promise<void> {
    world.handlers.set(first, () => {
      world.now += 10;
      return new Response("quick");
    });
    for (let i = 0; i < 45; i++) await world.send();
    for (let round = 0; round < 4; round++) await flood(world, "/", 400);
  }

  it("sheds the lower classes first, once the backend has become slow", async () => {
    const world = await start({}, [regions[0] as string]);
    await overload(world);
    const [bulk, normal, critical] = [
      await flood(world, "/export"),
      await flood(world, "/"),
      await flood(world, "/pay"),
    ];
    expect(bulk.shed).toBeGreaterThan(0);
    expect(bulk.served).toBeGreaterThan(0);
    expect(bulk.served).toBeLessThan(normal.served);
    expect(normal.served).toBeLessThan(critical.served);
    expect(bulk.served + bulk.shed).toBe(IN_PROGRESS);
  });

  it("sends what there is no room for to other backends of the walk", async () => {
    const world = await start();
    await overload(world);
    const before = world.calls.length;
    expect(await flood(world, "/")).toEqual({ served: IN_PROGRESS, shed: 0 });
    const asked = world.asked.slice(before);
    expect(asked.filter((backend) => backend === first).length).toBeLessThan(IN_PROGRESS);
    expect(asked.filter((backend) => backend === second).length).toBeGreaterThan(0);
  });

  it("is forgotten after a minute", async () => {
    const world = await start({}, [regions[0] as string]);
    await overload(world);
    world.now += 61_000;
    expect(await flood(world, "/")).toEqual({ served: IN_PROGRESS, shed: 0 });
  });

  it("is not there where the service has none, nor for a backend that is fast, however many come at once", async () => {
    const without = await start({ adaptiveConcurrency: false }, [regions[0] as string]);
    await overload(without);
    expect(await flood(without, "/export")).toEqual({ served: IN_PROGRESS, shed: 0 });
    const world = await start({}, [regions[0] as string]);
    for (let i = 0; i < 45; i++) await world.send();
    for (let round = 0; round < 5; round++) {
      expect(await flood(world, "/export")).toEqual({ served: IN_PROGRESS, shed: 0 });
      world.now += 200;
    }
  });
});

describe("the bandwidth of bulk responses", () => {
  const SIZE = 100_000;
  const BYTES_PER_SECOND = 10_000;
  const bytes = Uint8Array.from({ length: SIZE }, (_, i) => (i * 7 + (i >> 8)) % 251);

  async function download(path: string, answer: Handler = () => new Response(bytes)) {
    const world = await start({ bulkBytesPerSecond: BYTES_PER_SECOND });
    // As it sleeps while it holds bytes back, and not until it tells its counts.
    world.sleepPasses = (ms) => ms < 1000;
    world.handlers.set(first, answer);
    const startedAt = world.now;
    const response = await world.send(path);
    const body = new Uint8Array(await response.arrayBuffer());
    return { response, body, seconds: (world.now - startedAt) / 1000 };
  }

  it("is what the service gives them, to the byte", async () => {
    const { response, body, seconds } = await download("/export");
    expect(response.status).toBe(200);
    expect(body).toEqual(bytes);
    // A quarter of a second's worth is there at once.
    expect(seconds).toBeGreaterThanOrEqual(SIZE / BYTES_PER_SECOND - 0.25);
    expect(seconds).toBeLessThan(SIZE / BYTES_PER_SECOND + 0.1);
  });

  it.each(["/", "/pay"])("is not that of other classes: %s", async (path) => {
    const { body, seconds } = await download(path);
    expect([body.byteLength, seconds]).toEqual([SIZE, 0]);
  });

  it("leaves the length known where it was, and status and headers as they are", async () => {
    const headers = { "content-length": String(SIZE), etag: '"x"', "content-range": `bytes 0-${SIZE - 1}/${SIZE}` };
    const { response, body } = await download("/export", () => new Response(bytes, { status: 206, headers }));
    expect(body).toEqual(bytes);
    expect(Object.fromEntries(response.headers)).toMatchObject(headers);
    expect(response.status).toBe(206);
  });

  it.each([
    ["no body", () => new Response(null, { status: 204 }), ""],
    ["an empty one", () => new Response(""), ""],
    ["several chunks, some of them empty", () => new Response(chunks(["ab", "", "c", "def"])), "abcdef"],
  ] as const)("passes on %s", async (_, answer, text) => {
    const { body } = await download("/export", answer);
    expect(new TextDecoder().decode(body)).toBe(text);
  });

  it("does not concern WebSockets", async () => {
    const world = await start({ bulkBytesPerSecond: BYTES_PER_SECOND });
    world.handlers.set(first, () => {
      const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
      server.accept();
      server.send("x".repeat(50_000));
      return new Response(null, { status: 101, webSocket: client });
    });
    const { status, webSocket } = await world.send("/export", { headers: { upgrade: "websocket" } });
    expect(status).toBe(101);
    const message = new Promise((resolve) => webSocket?.addEventListener("message", ({ data }) => resolve(data)));
    webSocket?.accept();
    expect(await message).toHaveLength(50_000);
  });

  it("takes from the backend no more than its client takes, and tells it when the client goes away", async () => {
    const world = await start({ bulkBytesPerSecond: 1_000_000 });
    // As it sleeps while it holds bytes back, and not until it tells its counts.
    world.sleepPasses = (ms) => ms < 1000;
    let made = 0;
    let cancelled: unknown = null;
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1000).fill(++made)),
      cancel(reason) {
        cancelled = reason;
      },
    });
    world.handlers.set(first, () => new Response(endless));
    const reader = (await world.send("/export")).body?.getReader();
    for (let i = 0; i < 5; i++) await reader?.read();
    expect(made).toBeLessThan(20);
    await reader?.cancel("gone");
    expect(cancelled).toBe("gone");
  });

  it("breaks off where the backend does", async () => {
    const broken = new ReadableStream({
      start: (controller) => controller.enqueue(new Uint8Array(10)),
      pull: (controller) => controller.error(new Error("reset")),
    });
    await expect(download("/export", () => new Response(broken))).rejects.toThrow();
  });
});

function chunks(texts: readonly string[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const rest = texts.map((text) => encoder.encode(text));
  return new ReadableStream({
    pull(controller) {
      const chunk = rest.shift();
      if (chunk) controller.enqueue(chunk);
      else controller.close();
    },
  });
}
