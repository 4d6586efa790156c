import { describe, expect, it, vi } from "vitest";
import { MIN_RETRIES_PER_SECOND } from "../../../src/proxy/retry-budget.ts";
import { EdgeWorld, FRANKFURT, type Handler, ok, refused, silent, status } from "./world.ts";

/** In the order in which a client at Frankfurt is sent to them. */
const regions = ["eu-central-1", "eu-west-2", "eu-west-1", "us-east-1", "us-west-2"];
const [first, second, third, fourth] = regions.map((region) => `${region}-a`) as [string, string, string, string];
const start = (service: object = {}) => EdgeWorld.start(regions, { services: { api: service } });

const json = { "content-type": "application/json", "content-length": "9" };
const post = { method: "POST", headers: json, body: '{"a": 10}' };
const keyed = { ...post, headers: { ...json, "idempotency-key": "k" } };

describe("a request that goes well", () => {
  it("reaches the backend as the client made it, with what the edge adds", async () => {
    const world = await start();
    const response = await world.send("/a/b?c=d", {
      ...post,
      headers: { ...json, accept: "text/plain", te: "trailers" },
    });
    const [call] = world.calls;
    expect(call?.backend).toBe(first);
    expect(call?.request.method).toBe("POST");
    expect(call?.request.url).toBe(`http://${first}.test/a/b?c=d`);
    expect(await call?.request.text()).toBe(post.body);
    const headers = Object.fromEntries(call?.request.headers ?? []);
    expect(headers).toMatchObject({
      accept: "text/plain",
      "x-forwarded-host": "api.example.com",
      "x-forwarded-proto": "http",
      "x-novacron-colo": "FRA",
      "x-request-id": response.headers.get("x-request-id"),
      via: "1.1 novacron",
    });
    expect(headers).not.toHaveProperty("te");
  });

  it("gives the client the backend's response, and its own words beside it", async () => {
    const world = await start();
    const headers = {
      etag: '"x"',
      "set-cookie": "a=b",
      connection: "x-hop",
      "x-hop": "1",
      "server-timing": "db;dur=5",
    };
    world.handlers.set(first, () => new Response("hello", { status: 203, headers }));
    const response = await world.send();
    expect(response.status).toBe(203);
    expect(await response.text()).toBe("hello");
    expect(Object.fromEntries(response.headers)).toMatchObject({
      etag: '"x"',
      "set-cookie": "a=b",
      "x-request-id": expect.stringMatching(/^[0-9a-f]{32}$/),
      "server-timing": "db;dur=5, edge;dur=0, backend;dur=0",
      "x-novacron-region": "eu-central-1",
      "x-novacron-backend": first,
      "x-novacron-policy": "latency",
    });
    expect(response.headers.has("x-hop")).toBe(false);
  });

  it("does not follow redirects: they are the client's", async () => {
    const world = await start();
    world.handlers.set(first, () => new Response(null, { status: 302, headers: { location: "/elsewhere" } }));
    const response = await world.send();
    expect([response.status, response.headers.get("location")]).toEqual([302, "/elsewhere"]);
    expect(world.calls[0]?.request.redirect).toBe("manual");
  });

  it.each([200, 204, 304, 404, 429, 500, 501, 505])("%i is an answer, not a failure of the backend", async (code) => {
    const world = await start();
    world.handlers.set(first, () => new Response(null, { status: code }));
    expect((await world.send()).status).toBe(code);
    expect(world.asked).toEqual([first]);
  });

  it("a HEAD stays a HEAD", async () => {
    const world = await start();
    const response = await world.send("/", { method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect(world.calls[0]?.request.method).toBe("HEAD");
  });

  it("names no region, backend or policy where the service does not expose them", async () => {
    const world = await start({ exposeDecision: false });
    const shown = JSON.stringify([...(await world.send()).headers]);
    expect(shown).not.toMatch(/novacron-|eu-central|latency/);
    for (const { backend } of world.calls) world.handlers.set(backend, refused);
    const failed = await world.send("/", post);
    expect(failed.status).toBe(502);
    expect(`${JSON.stringify([...failed.headers])}${await failed.text()}`).not.toMatch(/eu-central|latency"/);
  });
});

describe("a retry", () => {
  it.each([
    ["a broken connection", refused],
    ["502", status(502)],
    ["503", status(503)],
    ["504", status(504)],
    [
      "503 with a body that breaks off",
      () => new Response(new ReadableStream({ start: (body) => body.error(new Error("reset")) }), { status: 503 }),
    ],
  ] as const)("after %s goes to another backend, and answers", async (_, handler: Handler) => {
    const world = await start();
    world.handlers.set(first, handler);
    const response = await world.send();
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(`served by ${second}.test`);
    expect(world.asked).toEqual([first, second]);
    expect(response.headers.get("x-novacron-backend")).toBe(second);
    expect(response.headers.get("server-timing")).toContain("retries;desc=1");
  });

  it("is a span of its own in the same trace", async () => {
    const world = await start();
    world.handlers.set(first, refused);
    const requestId = (await world.send()).headers.get("x-request-id");
    const parents = world.calls.map(({ request }) => request.headers.get("traceparent") ?? "");
    for (const parent of parents) expect(parent).toMatch(new RegExp(`^00-${requestId}-[0-9a-f]{16}-01$`));
    expect(new Set(parents).size).toBe(2);
  });

  it("goes to one region after another, at most as often as the service says", async () => {
    for (const maxRetries of [0, 1, 3]) {
      const world = await start({ maxRetries });
      for (const region of regions) world.handlers.set(`${region}-a`, refused);
      const response = await world.send();
      expect(response.status).toBe(502);
      expect(world.asked).toEqual([first, second, third, fourth].slice(0, maxRetries + 1));
      expect(await response.json()).toMatchObject({
        type: "/problems/backend-failed",
        requestId: response.headers.get("x-request-id"),
        detail: expect.stringMatching(/eu-central-1-a failed \(connect\) after 0 ms.*no retries were left\.$/),
      });
    }
  });

  it("that has nobody left passes on the last gateway error as it came", async () => {
    const world = await EdgeWorld.start(regions.slice(0, 2));
    world.handlers.set(first, status(502)).set(second, status(503));
    const response = await world.send();
    expect([response.status, await response.text()]).toEqual([503, "backend's own words"]);
    expect(world.asked).toEqual([first, second]);
  });

  it("is not for a POST, which may have had its effect", async () => {
    const world = await start();
    world.handlers.set(first, refused);
    const response = await world.send("/", post);
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ detail: expect.stringMatching(/not safe to repeat\.$/) });
    expect(world.asked).toEqual([first]);
  });

  it("is for a POST with an Idempotency-Key, with its body whole each time", async () => {
    const world = await start();
    const bodies: string[] = [];
    const reading =
      (then: Handler): Handler =>
      async (request, signal) => {
        bodies.push(await request.clone().text());
        return then(request, signal);
      };
    world.handlers
      .set(first, reading(status(503)))
      .set(second, reading(refused))
      .set(third, reading(ok));
    expect((await world.send("/", keyed)).status).toBe(200);
    expect(world.asked).toEqual([first, second, third]);
    expect(bodies).toEqual([post.body, post.body, post.body]);
  });

  it("is for a PUT with a small body, and not for one of unknown length", async () => {
    const world = await start();
    world.handlers.set(first, refused);
    expect((await world.send("/", { ...post, method: "PUT" })).status).toBe(200);
    expect((await world.send("/", { method: "PUT", body: new Blob(["x"]).stream() })).status).toBe(502);
  });

  it("stops when the service's budget is spent, and goes on when the time of it is over", async () => {
    const world = await start({ retryBudgetPercent: 0, maxRetries: 1, ejectAfterErrors: 1000 });
    world.handlers.set(first, refused);
    const send = async () => (await world.send()).status;
    for (let i = 0; i < MIN_RETRIES_PER_SECOND * 10; i++) expect(await send()).toBe(200);
    const response = await world.send();
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ detail: expect.stringMatching(/retry budget was spent\.$/) });
    world.now += 10_000;
    expect(await send()).toBe(200);
  });
});

describe("a GET with a body, which fetch refuses to send", () => {
  // `new Request` refuses to make one as well; the runtime makes it of what comes over the wire.
  const withBody = (method: string, body: string) =>
    new Proxy(
      new Request("http://api.example.com/", { headers: { "content-length": String(body.length) }, cf: FRANKFURT }),
      {
        get: (target, name) => {
          if (name === "body") return new Response(body).body;
          if (name === "method") return method;
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === "function" ? value.bind(target) : value;
        },
      },
    );

  it.each([
    ["GET", ""],
    ["GET", "abc"],
    ["HEAD", ""],
  ])("%s with %o is sent without, and harms no backend", async (method, body) => {
    const world = await start({ ejectAfterErrors: 1 });
    expect((await world.sendRequest(withBody(method, body))).status).toBe(200);
    expect(world.asked).toEqual([first]);
    expect(world.table.suspicions).toEqual([]);
  });
});

describe("timeouts", () => {
  it("a backend that says nothing is given up after the time of a try, and another is asked", async () => {
    const world = await start({ tryTimeoutMs: 20 });
    world.handlers.set(first, silent);
    expect((await world.send()).status).toBe(200);
    expect(world.asked).toEqual([first, second]);
  });

  it("504 when all are silent", async () => {
    const world = await start({ tryTimeoutMs: 10 });
    for (const region of regions) world.handlers.set(`${region}-a`, silent);
    const response = await world.send();
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({
      type: "/problems/backend-timed-out",
      detail: expect.stringContaining("failed (timeout)"),
    });
    expect(world.asked).toHaveLength(4);
  });

  it("504 after one try where the request cannot be repeated", async () => {
    const world = await start({ uploadTimeoutMs: 10 });
    world.handlers.set(first, silent);
    expect((await world.send("/", post)).status).toBe(504);
    expect(world.asked).toEqual([first]);
  });

  it("all tries share the time of the request", async () => {
    const world = await start({ totalTimeoutMs: 5000 });
    world.handlers.set(first, async () => {
      world.now += 5000;
      throw new Error("reset");
    });
    const response = await world.send();
    expect(await response.json()).toMatchObject({
      status: 502,
      detail: expect.stringMatching(/for all tries was over\.$/),
    });
    expect(world.asked).toEqual([first]);
  });

  it("a response that streams for longer than a try may take is not cut off", async () => {
    const world = await start({ tryTimeoutMs: 10 });
    const body = new TransformStream<Uint8Array, Uint8Array>();
    world.handlers.set(first, () => new Response(body.readable));
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const response = await world.send();
    vi.advanceTimersByTime(60_000);
    vi.useRealTimers();
    expect(world.calls[0]?.signal.aborted).toBe(false);
    const writer = body.writable.getWriter();
    const [text] = await Promise.all([
      response.text(),
      writer.write(new TextEncoder().encode("late")).then(() => writer.close()),
    ]);
    expect(text).toBe("late");
  });

  it("408 when the client does not send a body that must be held", async () => {
    const world = await start({ totalTimeoutMs: 20 });
    const response = await world.send("/", { ...keyed, body: new ReadableStream({ start: () => undefined }) });
    expect(response.status).toBe(408);
    expect(world.asked).toEqual([]);
  });
});

describe("hedging", () => {
  const hedged = { hedgeAfterMs: 10 };

  it("asks a second when the first is slow; the second wins and the first is aborted", async () => {
    const world = await start(hedged);
    world.handlers.set(first, silent);
    const response = await world.send();
    expect(await response.text()).toBe(`served by ${second}.test`);
    expect(world.asked).toEqual([first, second]);
    expect(world.calls.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    // Slow is not failed.
    expect(response.headers.get("server-timing")).not.toContain("retries");
  });

  it("asks nobody else when the first is fast", async () => {
    const world = await start({ hedgeAfterMs: 60_000 });
    expect((await world.send()).status).toBe(200);
    expect(world.asked).toEqual([first]);
  });

  it("the first may still win, and the second is aborted", async () => {
    const world = await start(hedged);
    const answer = Promise.withResolvers<Response>();
    world.handlers.set(first, () => answer.promise);
    world.handlers.set(second, (request, signal) => {
      answer.resolve(new Response("the first"));
      return silent(request, signal);
    });
    expect(await (await world.send()).text()).toBe("the first");
    expect(world.calls.map(({ signal }) => signal.aborted)).toEqual([false, true]);
  });

  it.each([
    ["fails", refused],
    ["answers 503", status(503)],
  ])("a second that %s does not end the first, which is waited for", async (_, handler) => {
    const world = await start({ ...hedged, ejectAfterErrors: 1 });
    const answer = Promise.withResolvers<Response>();
    world.handlers.set(first, () => answer.promise);
    world.handlers.set(second, async (request, signal) => {
      setTimeout(() => answer.resolve(new Response("the first")), 20);
      return handler(request, signal);
    });
    const response = await world.send();
    expect(await response.text()).toBe("the first");
    expect(world.asked).toEqual([first, second]);
    // And it counts against the second.
    expect(world.table.suspicions.map(({ backend }) => backend)).toEqual([second]);
  });

  it("both may fail, and a third answers", async () => {
    const world = await start({ ...hedged, maxRetries: 3 });
    const failing = Promise.withResolvers<Response>();
    world.handlers.set(first, () => failing.promise);
    world.handlers.set(second, async () => {
      failing.reject(new Error("reset"));
      return status(502)(new Request("http://x"), new AbortController().signal);
    });
    const response = await world.send();
    expect(await response.text()).toBe(`served by ${third}.test`);
    expect(response.headers.get("server-timing")).toContain("retries;desc=2");
  });

  it("is not for what cannot be repeated, nor beyond the retries of the service", async () => {
    const never = await start({ ...hedged, uploadTimeoutMs: 50 });
    never.handlers.set(first, silent);
    expect((await never.send("/", post)).status).toBe(504);
    expect(never.asked).toEqual([first]);
    const none = await start({ ...hedged, tryTimeoutMs: 50, maxRetries: 0 });
    none.handlers.set(first, silent);
    expect((await none.send()).status).toBe(504);
    expect(none.asked).toEqual([first]);
  });
});

describe("large header fields", () => {
  const headers = { "x-large": "x".repeat(40_000) };

  it("pass where the backend takes them", async () => {
    const world = await start();
    expect((await world.send("/", { headers })).status).toBe(200);
  });

  it("are the client's fault where the backend breaks off over them: 431, no retry, no ejection", async () => {
    const world = await start();
    world.handlers.set(first, async () => {
      throw new Error("reset");
    });
    for (let i = 0; i < 6; i++) {
      const response = await world.send("/", { headers });
      expect(response.status).toBe(431);
      expect(await response.json()).toMatchObject({ type: "/problems/headers-too-large" });
    }
    expect(world.asked).toEqual(Array(6).fill(first));
    expect(world.table.suspicions).toEqual([]);
  });
});

describe("ejection", () => {
  it("a body that comes late is not held against the backend", async () => {
    const world = await start({ totalTimeoutMs: 300, tryTimeoutMs: 200 });
    const late = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await scheduler.wait(250);
        controller.enqueue(new TextEncoder().encode("x"));
        controller.close();
      },
    });
    const body = late.pipeThrough(new FixedLengthStream(1));
    const response = await world.send("/", { method: "PUT", body, headers: { "content-length": "1" } });
    expect(response.status).toBe(200);
    expect(world.asked).toEqual([first]);
    expect(world.table.suspicions).toEqual([]);
  });

  it("stops traffic to a backend after five errors in a row, tells the table, and ends", async () => {
    const world = await start();
    world.handlers.set(first, status(500));
    for (let i = 0; i < 5; i++) expect((await world.send()).status).toBe(500);
    expect(world.table.suspicions).toEqual([{ backend: first, detail: "5 errors in a row, the last server-error" }]);
    for (let i = 0; i < 10; i++) expect((await world.send()).headers.get("x-novacron-backend")).toBe(second);
    expect(world.asked.filter((backend) => backend === first)).toHaveLength(5);
    world.handlers.set(first, ok);
    world.now += 30_000;
    expect((await world.send()).headers.get("x-novacron-backend")).toBe(first);
    expect(world.table.suspicions).toHaveLength(1);
  });

  it("does not come of errors with a success in between, nor of a client's own", async () => {
    const world = await start();
    for (const code of [500, 500, 500, 500, 200, 500, 500, 500, 500, 404, 500, 500]) {
      world.handlers.set(first, status(code));
      expect((await world.send()).status).toBe(code);
    }
    expect(world.table.suspicions).toEqual([]);
  });

  it("does not come of uploads that break off", async () => {
    const world = await start({ ejectAfterErrors: 1 });
    world.handlers.set(first, refused);
    const upload = () => world.send("/", { method: "POST", body: new Blob(["x"]).stream() });
    for (let i = 0; i < 5; i++) expect((await upload()).status).toBe(502);
    expect(world.table.suspicions).toEqual([]);
    // A gateway error is the backend's own word.
    world.handlers.set(first, status(503));
    expect((await upload()).status).toBe(503);
    expect(world.table.suspicions).toHaveLength(1);
  });

  it("a table out of reach for suspicions costs nobody anything", async () => {
    const world = await start({ ejectAfterErrors: 1 });
    world.table.isDeaf = true;
    world.handlers.set(first, status(500));
    expect((await world.send()).status).toBe(500);
    expect((await world.send()).status).toBe(200);
  });
});
