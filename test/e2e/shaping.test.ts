import { once } from "node:events";
import { type ClientRequest, createServer, get, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { change } from "./world/change.ts";
import { startWorld, type World, waitFor } from "./world/world.ts";

const CONCURRENCY = 2;
const text = Buffer.from(Array.from({ length: 20_000 }, (_, i) => `line ${i * 7919}\n`).join(""));
const encoded: Readonly<Record<string, Buffer>> = { gzip: gzipSync(text), br: brotliCompressSync(text), none: text };
const PART = { from: 1000, to: 20_999 };

/** Responses that have not ended, the oldest first. */
const open: ServerResponse[] = [];

/**
 * A backend of its own: of `/bulk/open` the first bytes come, of `/bulk/silent` none, and they go on until they are told to
 * end; `/bulk/gzip` and so on are as they are stored.
 */
const backend = createServer((request, response) => {
  const [, , kind = ""] = request.url?.split(/[/?]/) ?? [];
  const body = encoded[kind];
  if (kind === "open" || kind === "silent") {
    open.push(response);
    response.once("close", () => void open.splice(open.indexOf(response), 1));
    if (kind === "open") response.writeHead(200, { "Content-Type": "text/plain" }).write("begun");
  } else if (body === undefined) response.end("ok");
  else if (request.headers["if-none-match"] === '"stored"') response.writeHead(304, { ETag: '"stored"' }).end();
  else {
    const isPart = request.headers.range !== undefined;
    const sent = isPart ? body.subarray(PART.from, PART.to + 1) : body;
    response.writeHead(isPart ? 206 : 200, {
      "Content-Type": "text/plain",
      ETag: '"stored"',
      ...(kind === "none" ? {} : { "Content-Encoding": kind }),
      ...(isPart ? { "Content-Range": `bytes ${PART.from}-${PART.to}/${body.length}` } : {}),
      ...(request.url?.endsWith("?chunked") ? {} : { "Content-Length": sent.length }),
    });
    response.end(sent);
  }
});

let world: World;
beforeAll(async () => {
  backend.listen(0, "127.0.0.1");
  await once(backend, "listening");
  const url = `http://127.0.0.1:${(backend.address() as AddressInfo).port}`;
  world = await startWorld({ regions: ["us-east-1"] });
  const shared = { hosts: ["*"], backends: ["own"], policy: "latency", residency: "none" };
  await change(world, {
    backends: { own: { region: "us-east-1", url } },
    services: {
      api: { hosts: ["*"] },
      bulk: {
        ...shared,
        pathPrefix: "/bulk",
        shaping: { otherwise: "bulk", bulk: { concurrency: CONCURRENCY }, bulkBytesPerSecond: 100_000_000 },
      },
      followed: { ...shared, pathPrefix: "/followed", shaping: { normal: { concurrency: CONCURRENCY } } },
      plain: { ...shared, pathPrefix: "/plain" },
    },
  });
});
afterAll(async () => {
  backend.close();
  backend.closeAllConnections();
  await world?.stop();
});

/** Over a connection of its own, as it comes: nothing is decoded. */
async function ask(path: string, headers: Readonly<Record<string, string>> = {}, method = "GET") {
  const request = get(`${world.edge}${path}`, { agent: false, headers, method });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return { response };
}

async function bytesOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe.each(["plain", "followed", "bulk"])("the bytes of a response of the service %s", (service) => {
  it.each([
    ["gzip", "", {}],
    ["gzip", "?chunked", {}],
    ["gzip", "", { Range: `bytes=${PART.from}-${PART.to}` }],
    ["br", "", {}],
    ["br", "", { Range: `bytes=${PART.from}-${PART.to}` }],
    ["none", "", {}],
    ["none", "", { Range: `bytes=${PART.from}-${PART.to}` }],
  ])("are those that the backend sent: %s%s %o", async (kind, query, range) => {
    const stored = encoded[kind] as Buffer;
    const expected = "Range" in range ? stored.subarray(PART.from, PART.to + 1) : stored;
    const { response } = await ask(`/${service}/${kind}${query}`, { "Accept-Encoding": "gzip, br", ...range });
    const { headers } = response;
    const body = await bytesOf(response);
    expect([response.statusCode, headers["content-encoding"], headers.etag]).toEqual([
      "Range" in range ? 206 : 200,
      kind === "none" ? undefined : kind,
      '"stored"',
    ]);
    expect(body.equals(expected)).toBe(true);
    if (query === "") expect(headers["content-length"]).toBe(String(expected.length));
  });

  it("are none for HEAD, whose fields are those of GET, and none where nothing has changed", async () => {
    const head = await ask(`/${service}/gzip`, { "Accept-Encoding": "gzip" }, "HEAD");
    expect(await bytesOf(head.response)).toHaveLength(0);
    expect(head.response.headers).toMatchObject({
      "content-encoding": "gzip",
      "content-length": String(encoded.gzip?.length),
    });
    const unchanged = await ask(`/${service}/gzip`, { "Accept-Encoding": "gzip", "If-None-Match": '"stored"' });
    expect(await bytesOf(unchanged.response)).toHaveLength(0);
    expect([unchanged.response.statusCode, unchanged.response.headers.etag]).toEqual([304, '"stored"']);
  });
});

describe("the concurrency of a class", () => {
  /** Sends requests until there is room for no more, each when the one before has come to the backend. */
  async function fill(path: string): Promise<ClientRequest[]> {
    const requests: ClientRequest[] = [];
    for (let i = open.length; i < CONCURRENCY; i++) {
      const request = get(`${world.edge}${path}`, { agent: false });
      request.on("error", () => undefined).on("response", (response) => response.on("error", () => undefined).resume());
      requests.push(request);
      await waitFor(() => open.length > i, 10_000, "the request at the backend");
    }
    return requests;
  }

  async function statusOf(path: string): Promise<number | undefined> {
    const { response } = await ask(path);
    await bytesOf(response);
    return response.statusCode;
  }

  it.each<[string, string, (client: ClientRequest | undefined) => unknown]>([
    ["the backend ends its body", "open", () => open[0]?.end()],
    ["the backend breaks off", "open", () => open[0]?.destroy()],
    ["its client goes while the body is silent", "open", (client) => client?.socket?.resetAndDestroy()],
    ["its client goes before an answer", "silent", (client) => client?.socket?.resetAndDestroy()],
  ])("is held until %s, and then given back", async (_, kind, end) => {
    const [first] = await fill(`/followed/${kind}`);
    const { response } = await ask("/followed/ok");
    expect([response.statusCode, response.headers["retry-after"]]).toEqual([503, "2"]);
    expect(await statusOf("/plain/ok")).toBe(200);

    end(first);
    await waitFor(async () => (await statusOf("/followed/ok")) === 200, 10_000, "room for one");
    // For one only: the other goes on.
    expect(open).toHaveLength(CONCURRENCY - 1);
    await fill(`/followed/${kind}`);
    expect(await statusOf("/followed/ok")).toBe(503);

    for (const each of [...open]) each.destroy();
    await waitFor(() => open.length === 0, 10_000, "the end of all");
    await waitFor(async () => (await statusOf("/followed/ok")) === 200, 10_000, "room for all");
  });
});
