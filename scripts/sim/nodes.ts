import type { Random } from "../../src/base/random.ts";
import { createRegionNode, type RegionNode } from "../../workers/region-node/node.ts";
import { type Actor, actAs } from "./actor.ts";
import type { Network } from "./network.ts";

/** What a node is told to do wrong, in the words of its own door. */
export interface NodeFaults {
  readonly latencyMs?: number;
  readonly errorRate?: number;
  readonly down?: boolean;
}

interface Running {
  readonly node: RegionNode;
  readonly actor: Actor;
}

/** A regional node: a process that can be killed and started again. */
export class SimulatedNode {
  readonly backend: string;
  readonly region: string;
  /** Of the machine, 0 to 1. */
  load = 0.2;
  #running: Running | null = null;
  readonly #random: Random;

  constructor(backend: string, region: string, random: Random) {
    this.backend = backend;
    this.region = region;
    this.#random = random;
    this.start();
  }

  get origin(): string {
    return `http://${this.backend}.node.test`;
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  start(): void {
    const part = () => this.load;
    this.#running ??= {
      actor: { name: this.backend, site: this.region, skewMs: 0, alive: true },
      node: createRegionNode({
        region: this.region,
        backend: this.backend,
        now: () => Date.now(),
        random: () => this.#random.unit(),
        sleep,
        load: () => ({ cpu: part(), memory: 0.3, disk: 0.1, network: 0.1, inFlight: 0.1 }),
        probing: null,
      }),
    };
  }

  /** What is under way is never answered. */
  kill(): void {
    if (this.#running) this.#running.actor.alive = false;
    this.#running = null;
  }

  async setFaults(faults: NodeFaults): Promise<void> {
    const init = { method: "POST", body: JSON.stringify(faults) };
    await this.#running?.node.fetch(new Request(`${this.origin}/fault`, init), "127.0.0.1");
  }

  async answer(request: Request): Promise<Response> {
    const running = this.#running;
    if (!running) throw new TypeError("connection refused");
    const response = await actAs(running.actor, () => running.node.fetch(request));
    if (!running.actor.alive) throw new TypeError("connection reset");
    return response;
  }
}

/** Stands in for `fetch` to all nodes: the actor at work asks over the network. */
export function fetchFrom(
  network: Network,
  nodes: ReadonlyMap<string, SimulatedNode>,
  actor: Actor,
  url: string,
  init: RequestInit = {},
): Promise<Response> {
  const node = nodes.get(new URL(url).origin);
  if (!node) return Promise.reject(new TypeError("no such host"));
  const { method, headers, body, signal } = init;
  const lie = network.lies.get(actor.name);
  if (lie !== undefined) return network.ask(actor, { name: "liar", site: actor.site }, async () => statusOnly(lie));
  const sent = { method, headers, body, duplex: "half" } as RequestInit;
  // A body is read once, however often its message comes.
  const whole = body == null ? null : new Request(url, sent);
  const answer = network.ask(actor, { name: node.backend, site: node.region }, () =>
    node.answer(whole ?? new Request(url, sent)),
  );
  if (!signal) return answer;
  const aborted = Promise.withResolvers<never>();
  if (signal.aborted) aborted.reject(signal.reason);
  else signal.addEventListener("abort", () => aborted.reject(signal.reason), { once: true });
  return Promise.race([answer, aborted.promise]);
}

const statusOnly = (status: number): Response => new Response(null, { status });

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
