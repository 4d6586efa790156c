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

/** Takes the responses, with their bodies. */
async function statuses(responses: readonly Promise<Response>[]): Promise<number[]> {
  const ended = await Promise.all(responses);
  await Promise.all(ended.map((response) => response.text()));
  return ended.map(({ status }) => status);
}

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
    await world.settle();
    expect((await world.sendOnly("/export")).status).toBe(200);
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

describe("what is in progress", () => {
  const one = () =>
    start({ bulk: { concurrency: 1 } }, [regions[0] as string], { maxRetries: 0, ejectAfterErrors: 1000 });
  const isFree = async (world: EdgeWorld, path = "/export"): Promise<boolean> => {
    const response = await world.sendOnly(path, { method: "HEAD" });
    return response.status !== 503;
  };

  /** A response that goes on for as long as the backend likes. */
  function endless() {
    let backend: ReadableStreamDefaultController<Uint8Array> | undefined;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        backend = controller;
        controller.enqueue(new TextEncoder().encode("begun"));
      },
    });
    return { response: new Response(body), backend: backend as ReadableStreamDefaultController<Uint8Array> };
  }

  /** A client that has taken the first bytes of it. */
  async function begun(world: EdgeWorld, signal?: AbortSignal) {
    const { response, backend } = endless();
    world.handlers.set(first, () => response);
    const got = await world.sendOnly("/export", signal ? { signal } : {});
    const reader = (got.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    world.handlers.set(first, ok);
    expect(await isFree(world)).toBe(false);
    return { reader, backend };
  }

  it("lasts until the body has ended", async () => {
    const world = await one();
    const { reader, backend } = await begun(world);
    backend.close();
    expect(await reader.read()).toMatchObject({ done: true });
    await expect.poll(() => isFree(world)).toBe(true);
  });

  it("lasts for an hour, where the body does", async () => {
    const world = await one();
    await begun(world);
    world.now += 3_600_000;
    expect(await isFree(world)).toBe(false);
  });

  it.each<[string, (client: AbortController, both: Awaited<ReturnType<typeof begun>>) => unknown]>([
    [
      "the client takes no more of it",
      async (_, { reader, backend }) => {
        await reader.cancel();
        backend.enqueue(new Uint8Array(1));
      },
    ],
    ["the client has gone while the backend says nothing", (client) => client.abort()],
    ["the backend breaks off", (_, { backend }) => backend.error(new Error("reset"))],
  ])("ends when %s", async (_, breakOff) => {
    const world = await one();
    const client = new AbortController();
    const both = await begun(world, client.signal);
    await breakOff(client, both);
    both.reader.read().catch(() => undefined);
    await expect.poll(() => isFree(world)).toBe(true);
  });

  it("ends when the client goes before there is a response", async () => {
    const world = await one();
    const slow = new Slow();
    world.handlers.set(first, slow.handler);
    const client = new AbortController();
    const sent = world.sendOnly("/export", { signal: client.signal });
    await arrival(world, 1);
    expect(await isFree(world)).toBe(false);
    client.abort();
    world.handlers.set(first, ok);
    expect(await isFree(world)).toBe(true);
    slow.release();
    await (await sent).body?.cancel();
  });

  it.each<[string, string, Handler, number]>([
    ["no body", "GET", () => new Response(null, { status: 204 }), 204],
    ["not modified", "GET", () => new Response(null, { status: 304 }), 304],
    ["HEAD", "HEAD", ok, 200],
    ["a failure of the backend", "GET", refused, 502],
    [
      "a WebSocket, once it is open",
      "GET",
      () => {
        const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
        server.accept();
        return new Response(null, { status: 101, webSocket: client });
      },
      101,
    ],
  ])("ends at once with %s", async (_, method, handler, status) => {
    const world = await one();
    world.handlers.set(first, handler);
    for (let i = 0; i < 3; i++) expect((await world.sendOnly("/export", { method })).status).toBe(status);
  });

  it("ends for a backend that has failed when another one answers", async () => {
    const world = await start({ bulk: { concurrency: 1 } }, regions, { ejectAfterErrors: 1000 });
    world.handlers.set(first, refused);
    const { response, backend } = endless();
    world.handlers.set(second, () => response);
    const got = await world.sendOnly("/export");
    expect(world.asked).toEqual([first, second]);
    world.handlers.set(first, ok);
    await (await world.sendOnly("/export")).text();
    expect(world.asked).toEqual([first, second, first]);
    backend.close();
    await got.text();
  });

  it("is limited for each backend, whatever the class, where the backend has a limit", async () => {
    const world = await start({}, [regions[0] as string]);
    await world.apply({ backends: { [first]: { maxConcurrent: 1 } } });
    world.now += 1000;
    await (await world.sendOnly()).text();
    await world.settle();
    const { reader, backend } = await begun(world);
    const shed = await world.sendOnly("/pay");
    expect(shed.status).toBe(503);
    expect(((await shed.json()) as { detail: string }).detail).toMatch(
      / have as many requests in progress as they may\.$/,
    );
    backend.close();
    await reader.read();
    await expect.poll(() => isFree(world, "/pay")).toBe(true);
  });

  it("is followed for nobody where nothing limits it, and the body is passed on as it is", async () => {
    const world = await start({}, [regions[0] as string]);
    const { response, backend } = endless();
    world.handlers.set(first, () => response);
    await world.sendOnly("/export");
    // A body that is followed is waited for.
    await world.settle();
    backend.close();
  });

  it("leaves the length known", async () => {
    const world = await one();
    world.handlers.set(first, () => new Response("abcdef", { headers: { "content-length": "6" } }));
    const response = await world.sendOnly("/export");
    expect([response.headers.get("content-length"), await response.text()]).toEqual(["6", "abcdef"]);
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

  it("is that of each of them, however many there are at once", async () => {
    const world = await start({ bulkBytesPerSecond: BYTES_PER_SECOND });
    world.sleepPasses = (ms) => ms < 1000;
    world.handlers.set(first, () => new Response(bytes));
    const responses = await Promise.all([world.send("/export"), world.send("/export")]);
    const readers = responses.map(({ body }) => (body as ReadableStream<Uint8Array>).getReader());
    const startedAt = world.now;
    // What each may have at once, though the other has had as much at the same time.
    const taken = await Promise.all(readers.map(async (reader) => (await reader.read()).value?.byteLength));
    expect([taken, world.now - startedAt]).toEqual([[BYTES_PER_SECOND / 4, BYTES_PER_SECOND / 4], 0]);
    await Promise.all(readers.map((reader) => reader.cancel()));
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
