import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createUpstream } from "../../../../scripts/dns-bridge/upstream.ts";

const TYPE = "application/dns-message";
const LIMITS = { timeoutMs: 5000, connections: 4, queries: 8 };
const QUERY = Uint8Array.of(1, 2, 3);

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(answer: RequestListener): Promise<string> {
  server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/dns-query`;
}

describe("asking the Worker", () => {
  it("posts the message, and reads the answer with its epoch", async () => {
    const url = await serve(async (request, response) => {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece);
      const { "content-type": type, accept } = request.headers;
      const isRight = request.method === "POST" && type === TYPE && accept === TYPE;
      response.writeHead(isRight ? 200 : 400, { "Content-Type": TYPE, "X-Novacron-Epoch": "12" });
      response.end(Buffer.concat(pieces));
    });
    expect(await createUpstream(url, LIMITS)(QUERY)).toEqual({
      ok: true,
      value: { bytes: QUERY, epoch: 12, mayKeep: true },
    });
  });

  it.each([
    ["no epoch", {}, { epoch: null, mayKeep: true }],
    ["an epoch that is none", { "X-Novacron-Epoch": "soon" }, { epoch: null, mayKeep: true }],
    ["what must not be kept", { "X-Novacron-Epoch": "3", "Cache-Control": "no-store" }, { epoch: 3, mayKeep: false }],
  ])("reads an answer with %s", async (_name, headers, value) => {
    const url = await serve((_request, response) =>
      response.writeHead(200, { "Content-Type": TYPE, ...headers }).end(),
    );
    expect(await createUpstream(url, LIMITS)(QUERY)).toMatchObject({ ok: true, value });
  });

  it.each<[string, RequestListener]>([
    ["another status", (_request, response) => response.writeHead(503, { "Content-Type": TYPE }).end()],
    ["another type", (_request, response) => response.writeHead(200, { "Content-Type": "text/html" }).end()],
    [
      "more than a message may have",
      (_request, response) => response.writeHead(200, { "Content-Type": TYPE }).end(Buffer.alloc(70_000)),
    ],
  ])("takes %s for no answer", async (_name, answer) => {
    expect(await createUpstream(await serve(answer), LIMITS)(QUERY)).toEqual({ ok: false, error: "bad-reply" });
  });

  it("says when nobody is there, when one breaks off, and when one does not answer", async () => {
    expect(await createUpstream("http://127.0.0.1:9/dns-query", LIMITS)(QUERY)).toEqual({
      ok: false,
      error: "unreachable",
    });
    const broken = await serve((_request, response) => {
      response.writeHead(200, { "Content-Type": TYPE, "Content-Length": 10 }).write("x");
      response.destroy();
    });
    expect(await createUpstream(broken, LIMITS)(QUERY)).toEqual({ ok: false, error: "unreachable" });
    server?.close();
    const silent = await serve(() => {});
    expect(await createUpstream(silent, { ...LIMITS, timeoutMs: 50 })(QUERY)).toEqual({
      ok: false,
      error: "timed-out",
    });
  });

  it("asks over so many connections, which it keeps, and has no more than so many under way", async () => {
    const open = Promise.withResolvers<void>();
    let connections = 0;
    const url = await serve(async (_request, response) => {
      await open.promise;
      response.writeHead(200, { "Content-Type": TYPE }).end();
    });
    server?.on("connection", () => {
      connections += 1;
    });
    const ask = createUpstream(url, LIMITS);
    const asked = Array.from({ length: 9 }, () => ask(QUERY));
    expect(await asked[8]).toEqual({ ok: false, error: "busy" });
    open.resolve();
    expect((await Promise.all(asked)).filter(({ ok }) => ok)).toHaveLength(8);
    await ask(QUERY);
    expect(connections).toBe(4);
  });
});
