import { afterEach, describe, expect, it, vi } from "vitest";
import { askNode } from "../../../durable-objects/latency-prober/ask-node.ts";
import { probeRequestSchema } from "../../../src/latency-matrix/probe-message.ts";

const node = { region: "us-east-1", backend: "node", url: "http://node.test", healthPath: "/healthz", colo: "IAD" };
const request = probeRequestSchema.parse({ targets: [{ region: "eu-west-1", url: "http://other.test" }], count: 1 });
const results = [{ region: "eu-west-1", samples: [81.5], lost: 0 }];

describe("askNode", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });
  const answering = (answer: (request: Request) => Response | Promise<Response>) =>
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => answer(new Request(input, init)));

  it("gives what the node has found", async () => {
    const fetched = answering(() => Response.json({ results }));
    expect(await askNode(node, "token", request, 1000)).toEqual({ ok: true, value: { results } });
    expect(fetched.mock.calls[0]?.[0]).toBe("http://node.test/probe");
  });

  it.each<[string, (request: Request) => Response | Promise<Response>, string]>([
    ["refuses", () => Promise.reject(new TypeError("internal error; reference = 1")), "node: connection failed"],
    [
      "is silent",
      ({ signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
      "node: no answer in 20 ms",
    ],
    ["sends it elsewhere", () => Response.redirect("http://elsewhere.test/"), "node: status 302"],
    ["does not know the token", () => new Response(null, { status: 403 }), "node: status 403"],
    ["is no node", () => new Response("<html>"), "node: not the answer of a node"],
    ["claims to be nearer than here", () => ofSamples([0]), "node: not the answer of a node"],
    ["claims more requests than were asked for", () => ofSamples(Array(21).fill(1)), "node: not the answer of a node"],
    ["answers without end", () => new Response(endless()), "node: not the answer of a node"],
  ])("a node that %s", async (_, answer, error) => {
    answering(answer);
    expect(await askNode(node, "token", request, 20)).toEqual({ ok: false, error });
  });
});

const ofSamples = (samples: readonly number[]) =>
  Response.json({ results: [{ region: "eu-west-1", samples, lost: 0 }] });

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1000)) });
}
