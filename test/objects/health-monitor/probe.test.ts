import { describe, expect, it } from "vitest";
import { probe } from "../../../durable-objects/health-monitor/probe.ts";
import { defaultProbe, probeSchema } from "../../../src/table/probe.ts";
import { type Answer, idleLoad, ill, refusing, silent, useFakeNodes, well } from "./fake-nodes.ts";

const endpoint = { url: "http://node.test", healthPath: "/healthz", loadPath: "/load", probe: defaultProbe };
const success = (load: unknown) => ({ kind: "success", latencyMs: expect.any(Number), load });
const failure = { kind: "failure" };

/** Well, but for what it says of its load. */
const withLoad =
  (answer: Answer): Answer =>
  (request) =>
    request.url.endsWith("/load") ? answer(request) : well(request);

describe("probe", () => {
  const nodes = useFakeNodes();

  it.each<[string, Answer, unknown, string]>([
    ["a well node", well, success(idleLoad), "200"],
    ["an ill node", ill, failure, "503"],
    ["a redirect, which is not followed", () => Response.redirect("http://elsewhere.test/"), failure, "302"],
    ["a node that refuses", refusing, failure, "connection failed"],
    ["a node that is silent", silent, failure, "timed out after 2000 ms"],
    ["a load that is refused", withLoad(refusing), success(null), "200"],
    ["a load with an error status", withLoad(() => Response.json(idleLoad, { status: 500 })), success(null), "200"],
    ["a load that is no JSON", withLoad(() => new Response("<html>")), success(null), "200"],
    ["a load out of range", withLoad(() => Response.json({ ...idleLoad, cpu: 1.5 })), success(null), "200"],
    ["a load without end", withLoad(() => new Response(endless())), success(null), "200"],
    ["a load that never comes", withLoad(silent), success(null), "200"],
  ])("%s", async (_, answer, outcome, detail) => {
    nodes.current.set(endpoint.url, answer);
    expect(await probe(endpoint, "weur")).toEqual({ outcome, detail });
  });

  it.each<[string, Answer, object, unknown, string]>([
    ["a status that is expected", ill, { statuses: [401, 503] }, success(null), "503"],
    ["a status that is not", well, { statuses: [204] }, failure, "200"],
    ["a body that has the text", well, { body: "o" }, success(null), "200"],
    ["a body that has not", well, { body: "ready" }, failure, "200, the body is not as expected"],
    ["a body without end", () => new Response(endless()), { body: "x" }, failure, "200, the body is too long"],
    ["a header that is not there", well, { header: { name: "x-ready" } }, failure, "200, without x-ready"],
  ])("expects of %s", async (_, answer, expected, outcome, detail) => {
    nodes.current.set(endpoint.url, answer);
    const probed = { ...endpoint, loadPath: null, probe: probeSchema.parse({ kind: "http", ...expected }) };
    expect(await probe(probed, "weur")).toEqual({ outcome, detail });
  });

  it("by TCP, of a port where nobody listens", async () => {
    const closed = { ...endpoint, url: "http://127.0.0.1:1", probe: probeSchema.parse({ kind: "tcp" }) };
    expect(await probe(closed, "weur")).toEqual({ outcome: failure, detail: "connection failed" });
  });

  it("asks a node without a load path only for its health", async () => {
    nodes.current.set(endpoint.url, well);
    expect((await probe({ ...endpoint, loadPath: null }, "weur")).outcome).toEqual(success(null));
    expect(nodes.current.requests.map(({ url }) => url)).toEqual(["http://node.test/healthz"]);
  });

  it("says who asks, follows no redirect, and asks for nothing more when the node is ill", async () => {
    nodes.current.set(endpoint.url, ill);
    await probe(endpoint, "weur");
    const [request, ...more] = nodes.current.requests;
    expect(more).toEqual([]);
    expect(request?.headers.get("User-Agent")).toBe("novacron-health/1");
    expect(request?.headers.get("X-Novacron-Vantage")).toBe("weur");
    expect(request?.redirect).toBe("manual");
  });

  it("lets go of a body that it does not read", async () => {
    let cancelled = 0;
    const body = () => endless(() => cancelled++);
    nodes.current.set(endpoint.url, () => new Response(body()));
    await probe(endpoint, "weur");
    expect(cancelled).toBe(2);
  });
});

function endless(onCancel = () => {}): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull: (controller) => controller.enqueue(new TextEncoder().encode(" ".repeat(1000))),
    cancel: () => void onCancel(),
  });
}
