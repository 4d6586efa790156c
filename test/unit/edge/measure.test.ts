import { describe, expect, it } from "vitest";
import { lightRoundTripMs, type Point } from "../../../src/geo/distance.ts";
import type { BackendEntry } from "../../../src/table/snapshot.ts";
import { measure } from "../../../workers/edge/measure.ts";
import { testSnapshot, testTable } from "../../fakes/world.ts";

const patch = { backends: { "eu-west-1-a": { healthPath: "/up?deep=1", url: "http://node.test:81" } } };
const to = testSnapshot(testTable({ patch })).backends.find(({ id }) => id === "eu-west-1-a") as BackendEntry;

const dublin: Point = { latitude: 53.3, longitude: -6.3 };

type Answer = () => Response;
const ok: Answer = () => new Response("ok", { headers: { "Server-Timing": "node;dur=5" } });

/** A node whose road takes so many milliseconds, one figure a request, on a clock that passes only there and in sleep. */
class Road {
  now = 1_000_000;
  readonly requests: Request[] = [];
  readonly slept: number[] = [];
  readonly #times: readonly number[];
  readonly #answer: Answer;

  constructor(times: readonly number[], answer: Answer = ok) {
    this.#times = times;
    this.#answer = answer;
  }

  measure(times: number, from = dublin) {
    const deps = {
      fetch: (async (input, init) => {
        this.now += this.#times[this.requests.length] ?? 0;
        this.requests.push(new Request(input, init));
        return this.#answer();
      }) as typeof fetch,
      now: () => this.now,
      sleep: async (ms: number) => {
        this.slept.push(ms);
        this.now += ms;
      },
    };
    return measure(deps, { colo: "FRA", from, to, times });
  }
}

describe("a series of measurements", () => {
  it("asks for the health of the backend once a second, and says by which colo", async () => {
    const road = new Road([90, 30, 30]);
    await road.measure(3);
    expect(road.slept).toEqual([1000, 1000]);
    expect(road.requests).toHaveLength(3);
    for (const { method, url, headers, redirect } of road.requests) {
      expect([method, url, redirect]).toEqual(["GET", "http://node.test:81/up?deep=1", "manual"]);
      expect(headers.get("x-novacron-colo")).toBe("FRA");
      expect(headers.get("user-agent")).toBe("novacron-edge/1");
    }
  });

  it("leaves out the request that opens the connection, and what the node itself takes", async () => {
    const seen = await new Road([90, 30, 35]).measure(3);
    expect(seen).toEqual([
      { ms: 25, at: 1_001_120 },
      { ms: 30, at: 1_002_155 },
    ]);
  });

  it("finds no road shorter than light takes", async () => {
    const from = { latitude: -33.9, longitude: 151.2 };
    const [first] = await new Road([30, 30]).measure(2, from);
    expect(first?.ms).toBeGreaterThan(lightRoundTripMs(17_000));
  });

  it.each([
    ["fails", () => new Response(null, { status: 503 })],
    [
      "breaks off",
      () => {
        throw new Error("Network connection lost.");
      },
    ],
    ["breaks off in its answer", () => new Response(new ReadableStream({ start: (stream) => stream.error("gone") }))],
  ] as const)("ends with a backend that %s", async (_, answer) => {
    const road = new Road([30, 30, 30], answer);
    expect(await road.measure(3)).toEqual([]);
    expect(road.requests).toHaveLength(1);
  });

  it("passes over an answer that says it took longer than it did", async () => {
    const lying = () => new Response("ok", { headers: { "Server-Timing": "node;dur=1000" } });
    expect(await new Road([30, 30, 30], lying).measure(3)).toEqual([]);
  });

  it("is no longer than what may follow a response", async () => {
    const road = new Road([]);
    await road.measure(1000);
    expect(road.requests.length).toBeLessThan(10);
  });

  it("does not read an answer without end", async () => {
    let cancelled = 0;
    const endless = () =>
      new Response(
        new ReadableStream({
          pull: (stream) => stream.enqueue(new Uint8Array(4096)),
          cancel: () => {
            cancelled += 1;
          },
        }),
      );
    await new Road([30, 30], endless).measure(2);
    expect(cancelled).toBe(2);
  });
});
