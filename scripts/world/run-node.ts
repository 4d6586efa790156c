import { timingSafeEqual } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createRegionNode } from "../../workers/region-node/node.ts";
import { watchLoad } from "./node-load.ts";
import { createNodeServer, type Traffic } from "./node-server.ts";

export interface NodeOptions {
  readonly region: string;
  readonly backend: string;
  /** 0 takes any that is free. */
  readonly port: number;
  /** Who bears it may have the node measure its paths to others; without one nobody may. */
  readonly nodeToken: string | undefined;
}

/** Requests in flight that count as full; the default of a backend of the table. */
const MAX_IN_FLIGHT = 1000;

/** Runs a region node in this process, on 127.0.0.1, and returns its port once it listens. */
export function runNode(options: NodeOptions): Promise<number> {
  const traffic: Traffic = { inFlight: 0 };
  const { nodeToken } = options;
  const node = createRegionNode({
    region: options.region,
    backend: options.backend,
    now: () => performance.now(),
    random: Math.random,
    sleep: (ms, signal) => sleep(ms, undefined, { signal }),
    load: () => load(),
    probing: nodeToken === undefined ? null : { token: nodeToken, sameBytes, fetch: (url, init) => fetch(url, init) },
  });
  const server = createNodeServer(node, traffic);
  const load = watchLoad(server, traffic, MAX_IN_FLIGHT);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: "127.0.0.1", port: options.port }, () => {
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : options.port);
    });
  });
}

const sameBytes = (a: ArrayBuffer, b: ArrayBuffer) => timingSafeEqual(new Uint8Array(a), new Uint8Array(b));
