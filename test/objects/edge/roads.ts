import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { routingTable } from "../../../durable-objects/stubs.ts";
import { Random } from "../../../src/base/random.ts";
import { seedTable } from "../../../src/seed/seed.ts";
import { createEdgeApp } from "../../../workers/edge/app.ts";
import { edgeDeps } from "../../../workers/edge/deps.ts";
import { REGIONS } from "../../fakes/world.ts";

/** Round trips from the one colo by region, in milliseconds; what is missing is far. */
export type Roads = Readonly<Partial<Record<(typeof REGIONS)[number], number>>>;

const FAR_MS = 280;
/** Nobody listens there: what the objects send by themselves goes nowhere. */
const FIRST_PORT = 1;
/** What a backend takes itself, and says that it does. */
const SERVER_MS = 7;

/** Seeds the table of the objects, with one backend in each region. */
export async function seedRoads(): Promise<void> {
  const backends = REGIONS.map((region, i) => [`${region}-a`, { region, url: `http://127.0.0.1:${FIRST_PORT + i}` }]);
  const options = { actor: { principal: "test", requestId: "test" }, summary: "test", ifEpoch: null };
  const applied = await routingTable(env).apply(seedTable(Object.fromEntries(backends)), options);
  // Traces wait for one another, and here that is time.
  await routingTable(env).apply({ services: { api: { tracePercent: 0 } } }, options);
  if (!applied.ok) throw new Error(JSON.stringify(applied.error));
}

/** One edge in one colo with the real objects, on roads of a given length. Time is the objects' clock, and passes only here. */
export class RoadWorld {
  roads: Roads;
  /** Added to the next answer to traffic. */
  delayOnceMs = 0;
  /** Requests of the edge's own, by region. */
  readonly probes: Record<string, number> = {};
  readonly #cf: object;
  readonly #background: Promise<unknown>[] = [];
  readonly #app: ReturnType<typeof createEdgeApp>;

  constructor(cf: { readonly colo: string; readonly country: string; readonly asn?: number }, roads: Roads) {
    this.#cf = cf;
    this.roads = roads;
    this.#app = createEdgeApp({
      ...edgeDeps(env),
      // Nothing of another test.
      coloCache: { get: async () => null, put: async () => undefined },
      fetch: async (input, init) => this.#answer(new Request(input, init)),
      sleep: async (ms) => pass(ms),
      pause: async () => undefined,
      random: new Random([1, 2, 3]),
    });
  }

  /** Sends one request, waits for all that it leaves in the background, and says which region has answered. */
  async send(): Promise<string> {
    const context = {
      waitUntil: (work: Promise<unknown>) => void this.#background.push(work),
      passThroughOnException: () => undefined,
      props: {},
    };
    const request = new Request("http://api.example.com/", { cf: this.#cf as CfProperties });
    const response = await this.#app.fetch(request, {}, context);
    await response.arrayBuffer();
    await Promise.all(this.#background.splice(0));
    return response.headers.get("x-novacron-region") ?? `${response.status}`;
  }

  /** Sends requests for a time of the objects' clock, and says where each went. */
  async traffic(forMs: number, everyMs = 250): Promise<string[]> {
    const end = Date.now() + forMs;
    const regions: string[] = [];
    while (Date.now() < end) {
      regions.push(await this.send());
      pass(everyMs);
    }
    return regions;
  }

  /** Sends requests until ten in a row went to a region, and gives the seconds that this took. */
  async secondsUntil(region: string, maxSeconds = 600): Promise<number> {
    const startedAt = Date.now();
    const last: string[] = [];
    let settledAt = startedAt;
    while (Date.now() - startedAt < maxSeconds * 1000) {
      const at = Date.now();
      last.push(await this.send());
      if (last.at(-1) !== region) settledAt = Date.now();
      if (at > settledAt && last.slice(-10).every((each) => each === region) && last.length >= 10)
        return (settledAt - startedAt) / 1000;
      pass(250);
    }
    throw new Error(`after ${maxSeconds} s traffic goes to ${last.slice(-10)}`);
  }

  async #answer(request: Request): Promise<Response> {
    const region = REGIONS[Number(new URL(request.url).port) - FIRST_PORT] ?? "";
    const isProbe = request.headers.get("user-agent")?.startsWith("novacron-edge") === true;
    if (isProbe) this.probes[region] = (this.probes[region] ?? 0) + 1;
    pass((this.roads[region as keyof Roads] ?? FAR_MS) + SERVER_MS + (isProbe ? 0 : this.delayOnceMs));
    if (!isProbe) this.delayOnceMs = 0;
    return new Response("ok", { headers: { "Server-Timing": `node;dur=${SERVER_MS}` } });
  }
}

function pass(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
}
