import { createHash } from "node:crypto";
import { connect } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import WebSocket from "ws";
import { change } from "./world/change.ts";
import { inFlightAt } from "./world/in-flight.ts";
import { type PlaceName, places, startWorld, type World, waitFor } from "./world/world.ts";

const region = (response: Response): string | null => response.headers.get("x-novacron-region");

/** Sends a request and reads its answer to the end. */
async function ask(world: World, path: string, options: Parameters<World["get"]>[1] = {}): Promise<Response> {
  const response = await world.get(path, options);
  await response.arrayBuffer();
  return response;
}

describe("13 regions", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world?.stop());
  beforeEach(() =>
    change(world, { services: { api: { policy: "latency", residency: "none", affinity: { kind: "none" } } } }),
  );

  it.each(Object.keys(places) as PlaceName[])("a client beside %s is served there", async (place) => {
    const response = await ask(world, "/", { place });
    expect(response.status).toBe(200);
    expect(region(response)).toBe(place);
    expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f]{32}$/);
    expect(response.headers.get("server-timing")).toContain("edge;dur=");
    expect(response.headers.get("keep-alive")).toBeNull();
  });

  it("weights of 90 and 10 give 90 % and 10 %, within 2 points over 5,000 requests", async () => {
    const weights = Object.fromEntries(Object.keys(places).map((id) => [id, 0]));
    await change(world, { services: { api: { policy: "weighted" } } });
    const put = await world.api("PUT", "/weights", { ...weights, "us-east-1": 90, "eu-west-1": 10 });
    expect(put.status).toBe(200);
    await change(world, {});
    const counts: Record<string, number> = {};
    const worker = async () => {
      for (let i = 0; i < 250; i++) {
        const served = region(await ask(world, "/")) ?? "none";
        counts[served] = (counts[served] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: 20 }, worker));
    await world.api("PUT", "/weights", Object.fromEntries(Object.keys(places).map((id) => [id, 100])));
    expect(Object.keys(counts).sort()).toEqual(["eu-west-1", "us-east-1"]);
    expect(((counts["us-east-1"] ?? 0) / 5000) * 100).toBeGreaterThan(88);
    expect(((counts["us-east-1"] ?? 0) / 5000) * 100).toBeLessThan(92);
  });

  it.each([
    ["198.51.100.7", "198.51.100.7/32"],
    ["2001:db8:5::1", "2001:db8:5::/48"],
  ])("a blacklisted address (%s) gets 403 within 2 s, and 200 after the delete", async (ip, cidr) => {
    expect((await ask(world, "/", { ip })).status).toBe(200);
    const added = await world.api("POST", "/blacklist", { cidr, reason: "test" });
    expect(added.status).toBe(201);
    await waitFor(async () => (await ask(world, "/", { ip })).status === 403, 2000, "the block");
    expect((await ask(world, "/", { ip: "198.51.100.8" })).status).toBe(200);
    const deleted = await world.api("DELETE", `/blacklist/${encodeURIComponent(cidr)}`);
    expect(deleted.status).toBe(204);
    await waitFor(async () => (await ask(world, "/", { ip })).status === 200, 2000, "the end of the block");
  });

  it("required residency answers 503 when the inside is down, and never goes outside", async () => {
    await change(world, { services: { api: { residency: "required" } } });
    expect(region(await ask(world, "/", { place: "sa-east-1" }))).toBe("sa-east-1");
    expect((await ask(world, "/", { place: { ...places["sa-east-1"], country: "XX" } })).status).toBe(451);
    await world.kill("sa-east-1-a");
    // Until health checks have noticed, the backend itself is tried, and nobody else.
    const seen = new Set<string>();
    await waitFor(
      async () => {
        const response = await ask(world, "/", { place: "sa-east-1" });
        seen.add(`${response.status} ${region(response)}`);
        return response.status === 503;
      },
      30_000,
      "503",
    );
    expect([...seen].filter((answer) => answer !== "502 null" && answer !== "503 null")).toEqual([]);
    await world.startNode("sa-east-1-a");
    await waitFor(async () => (await ask(world, "/", { place: "sa-east-1" })).status === 200, 30_000, "the recovery");
  });

  it("a WebSocket passes through both ways", async () => {
    const socket = new WebSocket(`${world.edge.replace("http", "ws")}/ws`);
    const received: string[] = [];
    socket.on("message", (data) => received.push(String(data)));
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    for (const text of ["one", "zwei", "x".repeat(100_000)]) socket.send(text);
    await waitFor(() => received.length === 3, 5000, "three echoes");
    expect(received).toEqual(["one", "zwei", "x".repeat(100_000)]);
    socket.close();
  });

  it("server-sent events arrive one by one", async () => {
    const response = await world.get("/sse?count=3&everyMs=300");
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const chunks: string[] = [];
    for await (const chunk of response.body ?? []) chunks.push(new TextDecoder().decode(chunk));
    expect(chunks.length).toBeGreaterThanOrEqual(3);
    expect(chunks.join("").match(/^data:/gm)).toHaveLength(3);
  });

  it("100 MB pass through intact, and so does a part of them", async () => {
    const size = 100 * 1024 * 1024;
    const digest = async (response: Response) => {
      const hash = createHash("sha256");
      let length = 0;
      for await (const chunk of response.body ?? []) {
        hash.update(chunk);
        length += chunk.length;
      }
      return { hash: hash.digest("hex"), length };
    };
    const place = "eu-central-1";
    const direct = await digest(await fetch(`${world.node("eu-central-1-a").url}/bytes/${size}`));
    expect(await digest(await world.get(`/bytes/${size}`, { place }))).toEqual(direct);
    expect(direct.length).toBe(size);

    const headers = { Range: "bytes=1000-1999" };
    const part = await world.get(`/bytes/${size}`, { place, headers });
    expect(part.status).toBe(206);
    expect(part.headers.get("content-range")).toBe(`bytes 1000-1999/${size}`);
    const partDirect = await fetch(`${world.node("eu-central-1-a").url}/bytes/${size}`, { headers });
    expect(await digest(part)).toEqual(await digest(partDirect));
  });

  it("a client's body reaches the backend whole, and what it forges does not", async () => {
    const body = "é".repeat(500_000);
    const response = await world.get("/echo?x=1", {
      method: "POST",
      body,
      ip: "::ffff:203.0.113.9",
      place: "eu-west-1",
      headers: {
        "Content-Type": "text/plain",
        "X-Forwarded-For": "6.6.6.6",
        "X-Request-Id": "forged",
        "X-Novacron-Colo": "XXX",
        traceparent: "00-11111111111111111111111111111111-2222222222222222-01",
      },
    });
    const echo = (await response.json()) as { method: string; headers: Record<string, string>; body: string };
    const requestId = response.headers.get("x-request-id");
    expect(echo.body === body).toBe(true);
    expect(echo.method).toBe("POST");
    expect(echo.headers).toMatchObject({
      "x-forwarded-for": "203.0.113.9",
      "x-forwarded-proto": "http",
      "x-forwarded-host": new URL(world.edge).host,
      forwarded: `for=203.0.113.9;host="${new URL(world.edge).host}";proto=http`,
      "x-request-id": requestId,
      "x-novacron-colo": "DUB",
      via: expect.stringContaining("1.1 novacron"),
    });
    expect(echo.headers.traceparent).toMatch(new RegExp(`^00-${requestId}-[0-9a-f]{16}-01$`));
  });

  it.each([
    ["before an answer", "/slow?ms=60000"],
    ["while it is answered", "/sse?everyMs=50"],
  ])("a client that breaks off %s ends the request at the backend", async (_, path) => {
    const inFlight = () => inFlightAt(world, "ap-northeast-1-a");
    const idle = await inFlight();
    const { hostname, port } = new URL(world.edge);
    const socket = connect(Number(port), hostname);
    socket.on("error", () => undefined).resume();
    const place = JSON.stringify(places["ap-northeast-1"]);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nMF-CF-Blob: ${place}\r\n\r\n`);
    await waitFor(async () => (await inFlight()) > idle, 10_000, "the request at the backend");
    // Before an answer the local runtime heeds a reset only: the end of a client's sending half may be all it means.
    socket.resetAndDestroy();
    await waitFor(async () => (await inFlight()) <= idle, 10_000, "its end");
  });

  it("a backend that points at the edge is a loop", async () => {
    await change(world, {
      backends: { loop: { region: "us-east-1", url: world.edge } },
      services: { loop: { hosts: ["loop.test"], backends: ["loop"], policy: "latency" } },
    });
    // fetch() does not let its caller choose the Host.
    await change(world, { services: { api: { hosts: ["*"] }, loop: { hosts: ["*"], pathPrefix: "/loop" } } });
    const response = await world.get("/loop/x");
    expect(response.status).toBe(508);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    await change(world, { services: { loop: null }, backends: { loop: null } });
  });

  it("affinity by cookie keeps a client at its backend", async () => {
    await change(world, { services: { api: { policy: "weighted", affinity: { kind: "cookie" } } } });
    const first = await ask(world, "/");
    const cookie = first.headers.get("set-cookie")?.split(";")[0] ?? "";
    expect(cookie).toMatch(/^novacron_affinity=/);
    for (let i = 0; i < 20; i++)
      expect(region(await ask(world, "/", { headers: { Cookie: cookie } }))).toBe(region(first));
  });
});

describe("a region of several nodes dies", () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ regions: ["eu-west-1", "eu-central-1", "us-east-1"], nodes: 3 });
    // As far as nobody takes for the region that dies, and comes back, by what a busy machine adds to that.
    const others = world.nodes.filter((node) => node.region !== "eu-central-1");
    await Promise.all(others.map(({ backend }) => world.fault(backend, { latencyMsByColo: { FRA: 100 } })));
  });
  afterAll(() => world?.stop());

  it("under 100 GET/s nothing is lost, and traffic is elsewhere within 1 s; it comes back by slow start", async () => {
    const dying = world.nodes.filter((node) => node.region === "eu-central-1");
    expect(dying).toHaveLength(3);
    const answers: { sentAt: number; answeredAt: number; status: number; region: string | null }[] = [];
    const open = new Set<Promise<void>>();
    const send = () => {
      const sentAt = performance.now();
      const done: Promise<void> = ask(world, "/", { place: "eu-central-1" })
        .then((response) => ({ status: response.status, region: region(response) }))
        .catch(() => ({ status: 0, region: null }))
        .then((answer) => {
          answers.push({ sentAt, answeredAt: performance.now(), ...answer });
          open.delete(done);
        });
      open.add(done);
    };
    const timer = setInterval(send, 10);
    try {
      await waitFor(() => answers.length > 100, 10_000, "traffic");
      expect(answers.every((answer) => answer.region === "eu-central-1")).toBe(true);
      for (const { pid } of dying) process.kill(pid, "SIGKILL");
      const killedAt = performance.now();
      await waitFor(() => performance.now() - killedAt > 3000, 10_000, "three seconds of traffic");
      const after = answers.filter(({ sentAt }) => sentAt > killedAt);
      expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
      expect(after.filter((answer) => answer.sentAt > killedAt + 1000 && answer.region === "eu-central-1")).toEqual([]);
      const first = after.find((answer) => answer.region !== "eu-central-1");
      expect((first?.answeredAt ?? Number.NaN) - killedAt).toBeLessThan(1000);

      for (const { backend } of dying) await world.startNode(backend);
      const isBack = (answer: (typeof answers)[number]) => answer.region === "eu-central-1";
      const seenBefore = answers.length;
      await waitFor(() => answers.slice(seenBefore).some(isBack), 90_000, "traffic to return");
      // Slow start: its share in the first seconds is small, and then it has all.
      const returnedAt = answers.slice(seenBefore).find(isBack)?.sentAt ?? 0;
      await waitFor(() => performance.now() - returnedAt > 4000, 10_000, "four seconds of slow start");
      const early = answers.filter(({ sentAt }) => sentAt >= returnedAt && sentAt < returnedAt + 4000);
      expect(early.filter(isBack).length / early.length).toBeLessThan(0.6);
      await waitFor(() => answers.slice(-100).every(isBack), 60_000, "the whole of its traffic");
      expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    } finally {
      clearInterval(timer);
      await Promise.all(open);
    }
  }, 240_000);
});

describe("the whole world is killed", () => {
  it("keeps every change that was acknowledged", async () => {
    const world = await startWorld({ regions: ["eu-west-1", "us-east-1"] });
    const { stateDir } = world;
    const acknowledged: string[] = [];
    let killed = false;
    const writer = async () => {
      for (let i = 1; !killed && i < 250; i++) {
        const cidr = `198.51.100.${i}/32`;
        const reply = await world.api("POST", "/blacklist", { cidr, reason: "test" }).catch(() => null);
        if (reply?.status === 201) acknowledged.push(cidr);
      }
    };
    const writing = writer();
    await waitFor(() => acknowledged.length >= 40, 30_000, "some changes");
    await world.killEverything();
    killed = true;
    await writing;

    const again = await startWorld({ regions: ["eu-west-1", "us-east-1"], stateDir });
    try {
      const reply = await again.api("GET", "/blacklist?limit=500");
      const kept = new Set((reply.body as { items: { cidr: string }[] }).items.map(({ cidr }) => cidr));
      expect(acknowledged.filter((cidr) => !kept.has(cidr))).toEqual([]);
      const last = acknowledged.at(-1)?.replace("/32", "") ?? "";
      await waitFor(async () => (await ask(again, "/", { ip: last })).status === 403, 5000, "the block to hold");
    } finally {
      await again.stop();
    }
  });
});
