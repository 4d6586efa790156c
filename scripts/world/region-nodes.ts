import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Member, startMember } from "./member.ts";
import { isFree } from "./ports.ts";
import type { NodePorts } from "./state-dir.ts";

export interface NodeProcess {
  readonly region: string;
  readonly backend: string;
  readonly pid: number;
  readonly url: string;
  readonly exited: Promise<string>;
}

const STOP_TIMEOUT_MS = 2000;
const announcementSchema = z.object({ port: z.int() });

/** `us-east-1-a`, `us-east-1-b`, … */
export const backendName = (region: string, index: number): string =>
  `${region}-${String.fromCharCode("a".charCodeAt(0) + index)}`;

/** One process for every regional node. */
export class RegionNodes {
  readonly #members: Member[] = [];
  readonly #compileCache: string;

  constructor(compileCache: string) {
    this.#compileCache = compileCache;
  }

  /** Starts all at once, each on the port that it had before, or a fresh one where that is taken. */
  async start(
    regions: readonly string[],
    nodesPerRegion: number,
    ports: NodePorts,
    nodeToken: string,
  ): Promise<readonly NodeProcess[]> {
    const backends = regions.flatMap((region) =>
      Array.from({ length: nodesPerRegion }, (_, index) => ({ region, backend: backendName(region, index) })),
    );
    const start = ({ region, backend }: { region: string; backend: string }) =>
      this.#start(region, backend, ports[backend] ?? 0, nodeToken);
    const [first, ...others] = backends;
    if (!first || existsSync(this.#compileCache)) return Promise.all(backends.map(start));
    // At the first start ever, the first node fills the cache from which the others load in half the time.
    const started = await start(first);
    return [started, ...(await Promise.all(others.map(start)))];
  }

  async #start(region: string, backend: string, lastPort: number, nodeToken: string): Promise<NodeProcess> {
    const port = lastPort !== 0 && (await isFree(lastPort)) ? lastPort : 0;
    const member = startMember({
      script: join(import.meta.dirname, "region-node.ts"),
      args: ["--region", region, "--backend", backend, "--port", String(port)],
      // Not as an argument: everyone may read the list of processes.
      env: { ...process.env, NODE_COMPILE_CACHE: this.#compileCache, NOVACRON_NODE_TOKEN: nodeToken },
    });
    this.#members.push(member);
    const announced = await member.announced.catch((reason) => {
      throw new Error(`node ${backend} did not start: ${reason instanceof Error ? reason.message : reason}`);
    });
    const url = `http://127.0.0.1:${announcementSchema.parse(announced).port}`;
    return { region, backend, pid: member.pid, url, exited: member.exited };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.end((child) => child.kill("SIGTERM"), STOP_TIMEOUT_MS)));
  }

  kill(): void {
    for (const member of this.#members) member.kill();
  }
}
