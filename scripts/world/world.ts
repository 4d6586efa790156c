import { join } from "node:path";
import { type DnsBridge, DnsBridgeProcess } from "./dns-bridge.ts";
import type { Environment } from "./environment.ts";
import { firstAnswer } from "./first-answer.ts";
import { localToken } from "./local-admin.ts";
import type { Lock } from "./lock.ts";
import { type NodeProcess, RegionNodes } from "./region-nodes.ts";
import { seed } from "./seeding.ts";
import { keepSecrets, nodePortsSchema, readJson, type StateDir, type WorldFile, writeJson } from "./state-dir.ts";
import { startWorkerd, type Workerd } from "./workerd.ts";

const CONFIG_PATH = join(import.meta.dirname, "../../wrangler.toml");

/** The processes of the local world. */
export class World {
  /** Resolves with the reason when the world cannot go on. */
  readonly lost: Promise<string>;
  readonly #environment: Environment;
  readonly #stateDir: StateDir;
  readonly #lock: Lock;
  readonly #say: (line: string) => void;
  readonly #nodes: RegionNodes;
  readonly #bridge: DnsBridgeProcess;
  readonly #loss = Promise.withResolvers<string>();
  #workerd: Workerd | undefined;
  #stopping = false;

  constructor(environment: Environment, stateDir: StateDir, lock: Lock, say: (line: string) => void) {
    this.lost = this.#loss.promise;
    this.#environment = environment;
    this.#stateDir = stateDir;
    this.#lock = lock;
    this.#say = say;
    const compileCache = join(stateDir.root, "compile-cache");
    this.#nodes = new RegionNodes(compileCache);
    this.#bridge = new DnsBridgeProcess(compileCache);
  }

  /** Resolves when a request at the edge is answered by a node, or refused as its operators have it. */
  async start(): Promise<void> {
    const { ports, edges, regions, nodesPerRegion } = this.#environment;
    const secrets = keepSecrets(this.#stateDir);
    const lastPorts = readJson(this.#stateDir.nodePorts, nodePortsSchema) ?? {};

    const workerd = startWorkerd({
      configPath: CONFIG_PATH,
      stateDir: this.#stateDir.workerd,
      bindings: {
        ADMIN_TOKEN: secrets.adminToken,
        AFFINITY_KEY: secrets.affinityKey,
        NODE_TOKEN: secrets.nodeToken,
        LOCAL_WORLD: "true",
        // Nobody waits ten minutes for a baseline here.
        ANOMALY_LEAST_AGE_SECONDS: "30",
        AUDIT_KEY: secrets.auditKey,
        AUTH_KEY: secrets.authKey,
        DNSSEC_KEY: secrets.dnssecKey,
      },
      sockets: [
        { entrypoint: "edge", port: ports.edge },
        { entrypoint: "control", port: ports.control },
        { entrypoint: "dns", port: ports.doh },
      ],
      furtherEdges: edges - 1,
    });
    this.#workerd = workerd;
    this.#lock.noteWorkerd(workerd.pid);
    const [nodes, listening] = await Promise.all([
      this.#nodes.start(regions, nodesPerRegion, lastPorts, secrets.nodeToken),
      workerd.ready,
    ]);
    void workerd.exited.then((how) => this.#loss.resolve(`workerd's host has ended (${how})`));
    for (const node of nodes) void node.exited.then((how) => this.#reportEnd(node, how));

    const edge = `http://127.0.0.1:${listening.edge}`;
    const further = Object.entries(listening).filter(([name]) => name.startsWith("edge-"));
    const furtherEdges = Object.fromEntries(further.map(([name, port]) => [name, `http://127.0.0.1:${port}`]));
    const control = `http://127.0.0.1:${listening.control}`;
    const doh = `http://127.0.0.1:${listening.dns}`;
    const bridge = await this.#bridge.start(doh, ports.dns);
    void bridge.exited.then((how) => this.#reportBridgeEnd(bridge, how));
    const token = await localToken(control, this.#stateDir, secrets.adminToken);
    const epoch = await seed({ url: control, token }, nodes, lastPorts);
    const unserved = await firstAnswer(edge, epoch);

    const portOf = (node: NodeProcess) => [node.backend, Number(new URL(node.url).port)];
    writeJson(this.#stateDir.nodePorts, { ...lastPorts, ...Object.fromEntries(nodes.map(portOf)) });
    writeJson(this.#stateDir.credentials, { url: control, token }, 0o600);
    const entries = nodes.map(({ region, backend, url, pid }) => ({ region, backend, url, pid }));
    const planes = { edge, control, doh, dns: bridge.address };
    const edgesOf = [edge, ...Object.values(furtherEdges)];
    writeJson(this.#stateDir.world, { ...planes, edges: edgesOf, nodes: entries } satisfies WorldFile);
    this.#introduce({ ...planes, ...furtherEdges }, nodes);
    if (unserved !== null) this.#say(`warning: the edge does not serve requests from here: ${unserved}`);
  }

  /** Traffic first, so that no request meets a node that has gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([this.#bridge.stop(), this.#workerd?.stop()]);
    await this.#nodes.stop();
  }

  kill(): void {
    this.#stopping = true;
    this.#bridge.kill();
    this.#workerd?.kill();
    this.#nodes.kill();
  }

  #introduce(planes: Readonly<Record<string, string>>, nodes: readonly NodeProcess[]): void {
    const byRegion = Map.groupBy(nodes, ({ region }) => region);
    const lines = [...byRegion].map(([region, members]) => [region, members.map(({ url }) => url).join(" ")] as const);
    for (const [name, urls] of [...Object.entries(planes), ...lines]) {
      this.#say(`${name.padEnd(16)}${urls}`);
    }
  }

  #reportEnd(node: NodeProcess, how: string): void {
    if (!this.#stopping) this.#say(`node ${node.backend} (pid ${node.pid}) has ended (${how}); the world goes on`);
  }

  #reportBridgeEnd({ pid }: DnsBridge, how: string): void {
    if (!this.#stopping) this.#say(`the DNS bridge (pid ${pid}) has ended (${how}); the world goes on without`);
  }
}
