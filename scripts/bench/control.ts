import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seedTable } from "../../src/seed/seed.ts";
import { localToken } from "../world/local-admin.ts";
import { openStateDir } from "../world/state-dir.ts";
import { startWorkerd } from "../world/workerd.ts";
import { atMost, type Figure } from "./report.ts";
import { writeConfig } from "./worker-config.ts";

/** Of each operation, after as many as compilers need; one at a time, so that none waits for another. */
const REQUESTS = 2000;
const WARM_UP = 500;
const ADMIN_TOKEN = "b".repeat(40);
const MAX_AUTHENTICATION_MS = 1;

interface Operation {
  readonly name: string;
  readonly entrypoint: "noop" | "control";
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Of the `turn`th request. */
  readonly body?: (turn: number) => unknown;
}

/** They take turns, so that the machine's moods fall on all of them alike. */
const operations = [
  { name: "no-op", entrypoint: "noop", method: "GET", path: "/", status: 200 },
  // Whoever asks is authenticated before being told that there is nothing.
  { name: "authentication", entrypoint: "control", method: "GET", path: "/api/v1/nothing", status: 404 },
  { name: "read", entrypoint: "control", method: "GET", path: "/api/v1/weights", status: 200 },
  {
    name: "write",
    entrypoint: "control",
    method: "POST",
    path: "/api/v1/table/apply",
    status: 200,
    body: (turn) => ({ regions: { "us-east-1": { weight: turn % 1000 } } }),
  },
] as const satisfies readonly Operation[];
type Name = (typeof operations)[number]["name"];

/** What the control API takes for its reads and writes, beside a Worker that does nothing. */
export async function benchControl(): Promise<Figure[]> {
  const directory = mkdtempSync(join(tmpdir(), "novacron-bench-"));
  const workerd = startWorkerd({
    configPath: writeConfig(directory, "control-worker.ts"),
    stateDir: join(directory, "state"),
    bindings: {
      ADMIN_TOKEN,
      AFFINITY_KEY: "b".repeat(32),
      AUDIT_KEY: "b".repeat(32),
      AUTH_KEY: "b".repeat(32),
      LOCAL_WORLD: "true",
    },
    sockets: ["noop", "control"].map((entrypoint) => ({ entrypoint, port: 0 })),
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    const ports = await workerd.ready;
    const world = openStateDir(join(directory, "world"));
    const token = await localToken(`http://127.0.0.1:${ports.control}`, world, ADMIN_TOKEN);
    const ask = (operation: Operation, turn: number) =>
      timeOf(agent, ports[operation.entrypoint] ?? 0, token, operation, turn);
    await ask(
      { ...operations[3], body: () => seedTable({ "us-east-1-a": node("us-east-1"), b: node("eu-west-1") }) },
      0,
    );
    const times = new Map<Name, number[]>(operations.map(({ name }) => [name, []]));
    for (let turn = 0; turn < WARM_UP + REQUESTS; turn++)
      for (const operation of operations) {
        const ms = await ask(operation, turn);
        if (turn >= WARM_UP) times.get(operation.name)?.push(ms);
      }
    return figures(times);
  } finally {
    agent.destroy();
    await workerd.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

const node = (region: string) => ({ region, url: "http://127.0.0.1:9" });

/** Milliseconds from the request to the end of its answer. */
function timeOf(agent: Agent, port: number, token: string, operation: Operation, turn: number): Promise<number> {
  const { method, path, status, body } = operation;
  const headers = { Authorization: `Bearer ${token}`, ...(body ? { "Content-Type": "application/json" } : {}) };
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const startedAt = performance.now();
  const sent = request({ agent, host: "127.0.0.1", port, method, path, headers }, (response) => {
    response.resume();
    response.once("end", () => {
      if (response.statusCode === status) resolve(performance.now() - startedAt);
      else reject(new Error(`${method} ${path} answered ${response.statusCode}`));
    });
  });
  sent.once("error", reject);
  sent.end(body ? JSON.stringify(body(turn)) : undefined);
  return promise;
}

function figures(times: ReadonlyMap<Name, readonly number[]>): Figure[] {
  const bench = `control (${REQUESTS} requests each, one at a time)`;
  const of = (name: Name, part: number) => quantile(times.get(name) ?? [], part);
  const cost = of("authentication", 0.5) - of("no-op", 0.5);
  return [
    ...(["authentication", "read", "write"] as const).flatMap((name) =>
      [0.5, 0.99].map((part) => ({
        bench,
        figure: `${name}, p${part * 100}`,
        value: of(name, part),
        baseline: of("no-op", part),
        unit: "ms",
      })),
    ),
    { bench, figure: "authentication costs, p50", value: cost, unit: "ms", ...atMost(cost, MAX_AUTHENTICATION_MS) },
  ];
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(part * sorted.length) - 1] ?? Number.NaN;
}
