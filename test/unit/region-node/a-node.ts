import { createRegionNode, type RegionNode } from "../../../workers/region-node/node.ts";
import type { Probing } from "../../../workers/region-node/probe.ts";

interface TestNode {
  readonly node: RegionNode;
  /** What it has slept, in milliseconds. */
  readonly slept: readonly number[];
  /** A request from a loopback peer. */
  ask(path: string, init?: RequestInit): Promise<Response>;
}

/** Over at once, unless the client leaves at that moment. */
async function nap(_ms: number, signal: AbortSignal): Promise<void> {
  await Promise.resolve();
  signal.throwIfAborted();
}

interface TestNodeOptions {
  /** The node's random numbers, in turn. */
  readonly draws?: readonly number[];
  readonly sleep?: typeof nap;
  readonly now?: () => number;
  readonly probing?: Probing | null;
}

export function aNode({
  draws = [],
  sleep = nap,
  now = () => performance.now(),
  probing = null,
}: TestNodeOptions = {}): TestNode {
  const slept: number[] = [];
  const left = [...draws];
  const node = createRegionNode({
    region: "eu-west-1",
    backend: "eu-west-1-a",
    now,
    random: () => left.shift() ?? 0.5,
    sleep(ms, signal) {
      slept.push(ms);
      return sleep(ms, signal);
    },
    load: () => ({ cpu: 0.1, memory: 0.2, disk: 0.3, network: 0.4, inFlight: 0.5 }),
    probing,
  });
  return { node, slept, ask: (path, init) => node.fetch(new Request(`http://node.test${path}`, init), "127.0.0.1") };
}
