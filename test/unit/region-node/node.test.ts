import { describe, expect, it } from "vitest";
import { MAX_BYTES } from "../../../workers/region-node/bytes.ts";
import { MAX_ECHO_BODY_BYTES } from "../../../workers/region-node/echo.ts";
import { MAX_SLOW_MS } from "../../../workers/region-node/node.ts";
import { aNode } from "./a-node.ts";

const post = (body: string): RequestInit => ({ method: "POST", body });

describe("region node", () => {
  it.each([
    ["health", "/healthz", {}, 200, { status: "up", region: "eu-west-1", backend: "eu-west-1-a" }],
    ["load", "/load", {}, 200, { cpu: 0.1, memory: 0.2, disk: 0.3, network: 0.4, inFlight: 0.5 }],
    ["the service, on any other path", "/any/thing?x=1", {}, 200, { region: "eu-west-1", backend: "eu-west-1-a" }],
    [
      "the service, by any method",
      "/orders",
      { method: "DELETE" },
      200,
      { region: "eu-west-1", backend: "eu-west-1-a" },
    ],
    ["a status", "/status/418", {}, 418, { region: "eu-west-1", backend: "eu-west-1-a" }],
    ["slowness", "/slow?ms=250", {}, 200, { region: "eu-west-1", backend: "eu-west-1-a", ms: 250 }],
  ] as const)("answers %s", async (_name, path, init, status, body) => {
    const response = await aNode().ask(path, init);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual(body);
  });

  it.each([
    "/healthz",
    "/load",
    "/echo",
    "/bytes/3",
    "/sse?count=0",
    "/slow",
    "/status/204",
    "/status/99",
    "/fault",
    "/ws",
    "/",
  ])("names itself and its time on %s", async (path) => {
    const { headers } = await aNode().ask(path);
    expect(headers.get("x-region")).toBe("eu-west-1");
    expect(headers.get("x-backend")).toBe("eu-west-1-a");
    expect(headers.get("server-timing")).toMatch(/^node;dur=\d+\.\d$/);
  });

  it.each([
    ["a status below 200", "/status/101", {}, 400],
    ["a status above 599", "/status/600", {}, 400],
    ["a status that is no number", "/status/ok", {}, 400],
    ["no bytes", "/bytes/-1", {}, 400],
    ["too many bytes", `/bytes/${MAX_BYTES + 1}`, {}, 400],
    ["a count of bytes that is no number", "/bytes/1e3", {}, 400],
    ["too long a wait", `/slow?ms=${MAX_SLOW_MS + 1}`, {}, 400],
    ["a wait given twice", "/slow?ms=1&ms=2", {}, 400],
    ["events too fast", "/sse?everyMs=0", {}, 400],
    ["too many events", "/sse?count=1000001", {}, 400],
    ["a write of the health", "/healthz", post(""), 405],
    ["a write of the load", "/load", post(""), 405],
    ["a body that is too large", "/echo", post("x".repeat(MAX_ECHO_BODY_BYTES + 1)), 413],
    ["a WebSocket where there is no socket", "/ws", { headers: { Upgrade: "websocket" } }, 426],
    ["a WebSocket path without an upgrade", "/ws", {}, 426],
  ] as const)("refuses %s", async (_name, path, init, status) => {
    const response = await aNode().ask(path, init);
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ status, type: expect.any(String), detail: expect.any(String) });
  });

  it("answers a status that has no body without one", async () => {
    expect((await aNode().ask("/status/204")).body).toBeNull();
  });

  it("stops a slow answer when the client leaves", async () => {
    const client = new AbortController();
    const answer = aNode().ask("/slow?ms=1000", { signal: client.signal });
    client.abort(new Error("the client left"));
    await expect(answer).rejects.toThrow("the client left");
  });

  it("invites a host that can to a WebSocket", async () => {
    const { node } = aNode();
    const reply = await node.answer(new Request("http://node.test/ws", { headers: { Upgrade: "WebSocket" } }));
    expect(reply.status).toBe(101);
  });

  it("refuses a target that makes no URL", async () => {
    const { node } = aNode();
    const request = {
      method: "GET",
      url: "http://a b/",
      headers: new Headers(),
      body: null,
      signal: AbortSignal.any([]),
    };
    expect((await node.answer(request)).status).toBe(400);
  });
});
