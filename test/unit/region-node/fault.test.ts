import { describe, expect, it } from "vitest";
import { MAX_FAULT_BODY_BYTES, MAX_FAULT_LATENCY_MS } from "../../../workers/region-node/fault-schema.ts";
import { aNode } from "./a-node.ts";

const setting = (faults: unknown): RequestInit => ({ method: "POST", body: JSON.stringify(faults) });
const none = { latencyMs: 0, latencyMsByColo: {}, errorRate: 0, down: false };

describe("/fault", () => {
  it("shows what is set, and forgets what is not set again", async () => {
    const { ask } = aNode();
    expect(await (await ask("/fault")).json()).toEqual(none);
    expect(await (await ask("/fault", setting({ errorRate: 0.5 }))).json()).toEqual({ ...none, errorRate: 0.5 });
    expect(await (await ask("/fault", setting({ latencyMs: 5 }))).json()).toEqual({ ...none, latencyMs: 5 });
    expect(await (await ask("/fault")).json()).toEqual({ ...none, latencyMs: 5 });
    expect(await (await ask("/fault", setting({}))).json()).toEqual(none);
  });

  it.each(["/healthz", "/load", "/", "/echo", "/bytes/1", "/sse", "/ws"])("down: %s is 503", async (path) => {
    const { ask } = aNode();
    await ask("/fault", setting({ down: true }));
    expect((await ask(path)).status).toBe(503);
    await ask("/fault", setting({}));
    expect((await ask("/healthz")).status).toBe(200);
  });

  it("is slow for everyone, and slower by a colo", async () => {
    const { ask, slept } = aNode();
    await ask("/fault", setting({ latencyMs: 20, latencyMsByColo: { FRA: 90 } }));
    await ask("/");
    await ask("/healthz", { headers: { "X-Novacron-Colo": "FRA" } });
    await ask("/", { headers: { "X-Novacron-Colo": "NRT" } });
    expect(slept).toEqual([20, 110, 20]);
  });

  it.each([
    ["what every request waits", {}, 20],
    ["the distance of a colo", { "X-Novacron-Colo": "FRA" }, 110],
  ])("leaves %s out of the time that the node reports as its own", async (_name, headers, heldMs) => {
    let clock = 0;
    const { ask } = aNode({
      now: () => clock,
      sleep: async (ms) => {
        clock += ms;
      },
    });
    await ask("/fault", setting({ latencyMs: 20, latencyMsByColo: { FRA: 90 } }));
    const response = await ask("/slow?ms=7", { headers: { ...headers } });
    expect(clock).toBe(heldMs + 7);
    expect(response.headers.get("server-timing")).toBe("node;dur=7.0");
  });

  it("fails a part of the service, and no probe", async () => {
    const { ask } = aNode({ draws: [0.29, 0.3, 0.31] });
    await ask("/fault", setting({ errorRate: 0.3 }));
    const statuses = [];
    for (const path of ["/healthz", "/a", "/load", "/b", "/c"]) statuses.push((await ask(path)).status);
    expect(statuses).toEqual([200, 500, 200, 200, 200]);
  });

  it.each([
    ["no JSON", "{", 400],
    ["no object", "[]", 400],
    ["another field", '{"latency":1}', 400],
    ["a negative latency", '{"latencyMs":-1}', 400],
    ["too much latency", `{"latencyMs":${MAX_FAULT_LATENCY_MS + 1}}`, 400],
    ["a rate above one", '{"errorRate":1.1}', 400],
    ["a colo that is none", '{"latencyMsByColo":{"Frankfurt":1}}', 400],
    ["too long a body", " ".repeat(MAX_FAULT_BODY_BYTES + 1), 413],
  ])("refuses %s, and changes nothing", async (_name, body, status) => {
    const { ask } = aNode();
    expect((await ask("/fault", { method: "POST", body })).status).toBe(status);
    expect(await (await ask("/fault")).json()).toEqual(none);
  });

  it("names each field that is wrong", async () => {
    const response = await aNode().ask("/fault", setting({ latencyMs: "slow", down: 1 }));
    expect(await response.json()).toMatchObject({ detail: expect.stringMatching(/latencyMs: .*; down: /) });
  });

  it.each([
    ["v4 loopback", "127.8.0.1", 200],
    ["v6 loopback", "::1", 200],
    ["v4-mapped loopback", "::ffff:127.0.0.1", 200],
    ["another host", "192.0.2.1", 403],
    ["another v6 host", "2001:db8::1", 403],
    ["no address", undefined, 403],
  ])("takes them from %s: %s", async (_name, peer, status) => {
    const request = new Request("http://node.test/fault", setting({ down: true }));
    expect((await aNode().node.fetch(request, peer)).status).toBe(status);
  });

  it.each(["Forwarded", "X-Forwarded-For", "X-Novacron-Colo"])(
    "takes none through a proxy, which %s gives away",
    async (name) => {
      const { ask } = aNode();
      expect((await ask("/fault", { ...setting({ down: true }), headers: { [name]: "x" } })).status).toBe(403);
      expect((await ask("/healthz")).status).toBe(200);
    },
  );

  it("is read and set, nothing else", async () => {
    expect((await aNode().ask("/fault", { method: "DELETE" })).status).toBe(405);
  });
});
