import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { FailoverReply } from "../../workers/control/schema/failover.ts";
import type { RegionHealth } from "../../workers/control/schema/health.ts";
import { type WorldFile, worldFileSchema } from "../world/state-dir.ts";
import { atMost, type Figure } from "./report.ts";

const REGION = "us-east-1";
const REGIONS = [REGION, "us-west-2", "ca-central-1", "eu-west-1"];
const NODES = 2;
/** Clients beside the region, each of which asks again as soon as it has its answer. */
const CLIENTS = 8;
const PLACE = JSON.stringify({ country: "US", colo: "IAD", latitude: "38.95", longitude: "-77.45" });
const WARM_MS = 3000;
/** Within what the control plane lets one ask. */
const POLL_MS = 100;
const TIMEOUT_MS = 60_000;

const MAX_REROUTED_MS = 250;
/** The guide allows 30 s. */
const MAX_SECONDS = 15;

/** Kills every process of a region under load, and looks how soon which part of the system has left it. */
export async function benchFailover(): Promise<Figure[]> {
  const stateDir = mkdtempSync(join(tmpdir(), "novacron-bench-"));
  const world = await startWorld(stateDir);
  try {
    return await measure(worldFileSchema.parse(readJson(stateDir, "world.json")), tokenOf(stateDir));
  } finally {
    world.kill("SIGTERM");
    await once(world, "exit");
    rmSync(stateDir, { recursive: true, force: true });
  }
}

async function measure({ edge, control, nodes }: WorldFile, token: string): Promise<Figure[]> {
  const load = new Load(edge);
  await delay(WARM_MS);
  const own = nodes.filter(({ region }) => region === REGION);
  const killedAt = Date.now();
  for (const { pid } of own) process.kill(pid, "SIGKILL");
  load.mark(killedAt);
  const api = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${control}/api/v1${path}`, { headers: { Authorization: `Bearer ${token}` } });
    return (await response.json()) as T;
  };
  await until(async () => (await api<RegionHealth>(`/health/regions/${REGION}`)).status === "down");
  const downAt = Date.now();
  const failover = await until(async () => {
    const { items } = await api<{ readonly items: readonly FailoverReply[] }>("/failovers?limit=1");
    return items[0]?.status === "failed-over" ? items[0] : null;
  });
  await delay(WARM_MS);
  const { lost, reroutedMs } = await load.stop();
  const secondsTo = (stage: string) =>
    (Date.parse(failover.stages.find((each) => each.stage === stage)?.endedAt ?? "") - killedAt) / 1000;
  const seconds = (figure: string, value: number): Figure => ({
    bench: "failover",
    figure,
    value,
    unit: "s",
    ...atMost(value, MAX_SECONDS),
  });
  return [
    { bench: "failover", figure: "GETs lost", value: lost, unit: "", ...atMost(lost, 0) },
    {
      bench: "failover",
      figure: "first rerouted request after the kill",
      value: reroutedMs,
      unit: "ms",
      ...atMost(reroutedMs, MAX_REROUTED_MS),
    },
    seconds("down by the table", (downAt - killedAt) / 1000),
    seconds("answers of DNS changed", secondsTo("dns")),
    seconds("traffic shifted", secondsTo("shift")),
    seconds("validated", secondsTo("validate")),
  ];
}

/** Clients that never rest. */
class Load {
  #lost = 0;
  #killedAt = Number.POSITIVE_INFINITY;
  #reroutedMs = Number.POSITIVE_INFINITY;
  #isOver = false;
  readonly #clients: Promise<unknown>;

  constructor(edge: string) {
    this.#clients = Promise.all(Array.from({ length: CLIENTS }, () => this.#ask(edge)));
  }

  mark(killedAt: number): void {
    this.#killedAt = killedAt;
  }

  async stop() {
    this.#isOver = true;
    await this.#clients;
    return { lost: this.#lost, reroutedMs: this.#reroutedMs };
  }

  async #ask(edge: string): Promise<void> {
    while (!this.#isOver) {
      const response = await fetch(edge, { headers: { "MF-CF-Blob": PLACE } }).catch(() => null);
      await response?.arrayBuffer().catch(() => null);
      if (!response?.ok) this.#lost += 1;
      else if (response.headers.get("x-novacron-region") !== REGION)
        this.#reroutedMs = Math.min(this.#reroutedMs, Math.max(0, Date.now() - this.#killedAt));
    }
  }
}

async function startWorld(stateDir: string) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "../world/start.ts")], {
    env: {
      ...process.env,
      NOVACRON_EDGE_PORT: "0",
      NOVACRON_CONTROL_PORT: "0",
      NOVACRON_DOH_PORT: "0",
      NOVACRON_DNS_PORT: "0",
      NOVACRON_NODES: String(NODES),
      NOVACRON_REGIONS: REGIONS.join(","),
      NOVACRON_STATE_DIR: stateDir,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) if (line.startsWith("ready")) break;
  if (child.exitCode !== null) throw new Error("the local world ended before it was ready");
  // What is not read would fill the pipe.
  child.stdout.resume();
  return child;
}

const readJson = (stateDir: string, name: string): unknown => JSON.parse(readFileSync(join(stateDir, name), "utf8"));
const tokenOf = (stateDir: string) => (readJson(stateDir, "credentials.json") as { readonly token: string }).token;
const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until<T>(look: () => Promise<T | null | false>): Promise<T> {
  const deadline = Date.now() + TIMEOUT_MS;
  for (;;) {
    const found = await look();
    if (found !== null && found !== false) return found;
    if (Date.now() > deadline) throw new Error("the failover has not come about in time");
    await delay(POLL_MS);
  }
}
