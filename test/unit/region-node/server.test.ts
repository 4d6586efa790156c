import { once } from "node:events";
import { Agent, type IncomingMessage, type RequestOptions, request, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { createNodeServer, type Traffic } from "../../../scripts/world/node-server.ts";
import { MAX_ECHO_BODY_BYTES } from "../../../workers/region-node/echo.ts";
import { aNode } from "./a-node.ts";

describe("the Node host of a region node", () => {
  const traffic: Traffic = { inFlight: 0 };
  let abortedSleeps = 0;
  const sockets: Socket[] = [];
  let server: Server;
  let port: number;

  beforeEach(async () => {
    abortedSleeps = 0;
    server = createNodeServer(aNode({ sleep }).node, traffic);
    server.on("connection", (socket) => sockets.push(socket));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    port = (server.address() as AddressInfo).port;
  });

  afterEach(async () => {
    server.closeAllConnections();
    for (const socket of sockets.splice(0)) socket.destroy();
    server.close();
    await once(server, "close");
    await vi.waitFor(() => expect(traffic.inFlight).toBe(0));
  });

  /** Short ones are over at once; long ones last as long as their client. */
  async function sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (ms < 1000) return;
    await once(signal, "abort");
    abortedSleeps++;
    throw signal.reason;
  }

  async function ask(path: string, options: RequestOptions = {}, body?: Buffer): Promise<IncomingMessage> {
    const outgoing = request({ port, path, host: "127.0.0.1", ...options });
    outgoing.end(body);
    const [incoming] = await once(outgoing, "response");
    return incoming;
  }

  it("streams a large answer whole", async () => {
    const response = await ask("/bytes/5000000");
    expect(response.headers["content-length"]).toBe("5000000");
    let size = 0;
    for await (const chunk of response) size += chunk.length;
    expect(size).toBe(5_000_000);
  });

  it("sends events as they happen, in chunks", async () => {
    const response = await ask("/sse?count=2&everyMs=1");
    expect(response.headers["transfer-encoding"]).toBe("chunked");
    expect((await text(response)).match(/^event: tick$/gm)).toHaveLength(2);
  });

  it.each(["/bytes/5000000", "/healthz", "/sse"])("answers HEAD of %s without a body", async (path) => {
    expect(await text(await ask(path, { method: "HEAD" }))).toBe("");
    await vi.waitFor(() => expect(traffic.inFlight).toBe(0));
  });

  it("keeps a connection whose body was refused", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const tooLong = Buffer.alloc(3 * MAX_ECHO_BODY_BYTES);
    const refused = await ask("/echo", { method: "POST", agent, headers: { "Transfer-Encoding": "chunked" } }, tooLong);
    expect(refused.statusCode).toBe(413);
    await text(refused);
    expect(await text(await ask("/healthz", { agent }))).toContain('"up"');
    expect(sockets).toHaveLength(1);
    agent.destroy();
  });

  it("writes no faster than the client reads", async () => {
    const client = connect(port, "127.0.0.1");
    client.pause();
    client.write("GET /bytes/1073741824 HTTP/1.1\r\nHost: node.test\r\n\r\n");
    await vi.waitFor(() => expect(sockets[0]?.writableNeedDrain).toBe(true));
    const waiting = sockets[0]?.writableLength;
    expect(waiting).toBeLessThan(1_000_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(sockets[0]?.writableLength).toBe(waiting);
    client.destroy();
    await vi.waitFor(() => expect(traffic.inFlight).toBe(0));
  });

  it.each(["/slow?ms=5000", "/sse?everyMs=5000"])("ends the work on %s for a client that has left", async (path) => {
    const outgoing = request({ port, path, host: "127.0.0.1" }).end();
    outgoing.on("error", () => {});
    outgoing.on("response", (response) => response.resume());
    await vi.waitFor(() => expect(traffic.inFlight).toBe(1));
    outgoing.destroy();
    await vi.waitFor(() => expect(abortedSleeps).toBe(1));
    await vi.waitFor(() => expect(traffic.inFlight).toBe(0));
  });

  it("echoes WebSocket messages, text as text and bytes as bytes", async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
    const [[handshake]] = await Promise.all([once(socket, "upgrade"), once(socket, "open")]);
    expect(handshake.headers).toMatchObject({ "x-region": "eu-west-1", "x-backend": "eu-west-1-a" });
    expect(traffic.inFlight).toBe(1);
    socket.send("grüße");
    expect(await once(socket, "message")).toEqual([Buffer.from("grüße"), false]);
    socket.send(Buffer.of(1, 2, 3));
    expect(await once(socket, "message")).toEqual([Buffer.of(1, 2, 3), true]);
    socket.close();
    await once(socket, "close");
    await vi.waitFor(() => expect(traffic.inFlight).toBe(0));
  });

  it("refuses a WebSocket while the node is down", async () => {
    await ask("/fault", { method: "POST" }, Buffer.from('{"down":true}'));
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
    socket.on("error", () => {});
    const [, response] = await once(socket, "unexpected-response");
    expect(response.statusCode).toBe(503);
    response.destroy();
    await vi.waitFor(() => expect(traffic.inFlight).toBe(0));
  });

  it("answers a request that would upgrade to something else as if it did not ask", async () => {
    const response = await ask("/healthz", { headers: { Connection: "Upgrade", Upgrade: "h2c" } });
    expect(response.statusCode).toBe(200);
    expect(await text(response)).toContain('"up"');
  });

  it("refuses a Host that is none", async () => {
    expect((await ask("/", { headers: { Host: "a b" } })).statusCode).toBe(400);
  });
});
