import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { signalProcess } from "../../../scripts/world/process-table.ts";
import { type WorldFile, worldFileSchema } from "../../../scripts/world/state-dir.ts";
import { checkReply } from "../../openapi/check-reply.ts";
import { type ClientPlace, type PlaceName, places } from "./places.ts";
import { processesWith } from "./processes.ts";
import { waitFor } from "./wait-for.ts";
import { warmUp } from "./warm.ts";

export type { ClientPlace, PlaceName };
export { places, processesWith, waitFor };

const ROOT = join(import.meta.dirname, "../../..");
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;
const MAX_OUTPUT_CHARACTERS = 100_000;

export interface WorldOptions {
  /** All 13 when missing. */
  readonly regions?: readonly string[];
  /** Per region. */
  readonly nodes?: number;
  /** Isolates of the edge; one when missing. */
  readonly edges?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** A state directory of one's own, or one to start on again; by default a new one, which `stop` removes. */
  readonly stateDir?: string;
  /** Start by `npm start`, with npm as the process that is signalled. */
  readonly viaNpm?: boolean;
}

export interface ClientOptions {
  readonly place?: PlaceName | ClientPlace;
  /** The client's address. */
  readonly ip?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
  readonly body?: NonNullable<RequestInit["body"]>;
  readonly signal?: AbortSignal;
  /** Which of the isolates of the edge it comes to; the first when missing. */
  readonly isolate?: number;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed JSON, or the text where it is none; `null` where there is nothing. */
  readonly body: unknown;
}

/** A world that was started and has not been waited for. */
export interface StartingWorld {
  readonly stateDir: string;
  readonly process: ChildProcess;
  /** What it has printed, both streams. */
  output(): string;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** Those that no test has named: they go with the world that is stopped on them. */
const madeDirs = new Set<string>();

function makeStateDir(): string {
  const directory = mkdtempSync(join(tmpdir(), "novacron-world-"));
  madeDirs.add(directory);
  return directory;
}

/** Spawns what `npm start` runs, on free ports unless `env` sets some. */
export function spawnWorld(options: WorldOptions = {}): StartingWorld {
  const stateDir = options.stateDir ?? makeStateDir();
  if (!existsSync(join(stateDir, "workerd"))) warmUp(stateDir);
  const [command, args] = options.viaNpm
    ? ["npm", ["start"]]
    : [process.execPath, [join(ROOT, "scripts/world/start.ts")]];
  const child = spawn(command, args, {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      NOVACRON_EDGE_PORT: "0",
      NOVACRON_CONTROL_PORT: "0",
      NOVACRON_DOH_PORT: "0",
      NOVACRON_DNS_PORT: "0",
      NOVACRON_NODES: String(options.nodes ?? 1),
      NOVACRON_EDGES: String(options.edges ?? 1),
      NOVACRON_REGIONS: options.regions?.join(",") ?? "",
      ...options.env,
      NOVACRON_STATE_DIR: stateDir,
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output = (output + chunk).slice(-MAX_OUTPUT_CHARACTERS);
    });
  }
  const exited = once(child, "exit").then(([code, signal]) => ({ code, signal }));
  return { stateDir, process: child, output: () => output, exited };
}

/** Times that a call of the control API waits for its turn. */
const MAX_WAITS = 10;

/** Starts a whole local world of real processes and waits until it is ready. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const starting = spawnWorld(options);
  let over = false;
  void starting.exited.then(() => {
    over = true;
  });
  await waitFor(() => over || /^ready /m.test(starting.output()), START_TIMEOUT_MS, "the world").catch((error) => {
    starting.process.kill("SIGKILL");
    throw new Error(`${error.message}; it said:\n${starting.output()}`);
  });
  if (over) throw new Error(`the world has ended at its start; it said:\n${starting.output()}`);
  return new World(starting);
}

export class World {
  readonly stateDir: string;
  /** Origins, without a path: `http://127.0.0.1:8787`. */
  readonly edge: string;
  /** Of each isolate of the edge, that one first. */
  readonly edges: readonly string[];
  readonly control: string;
  readonly doh: string;
  /** `127.0.0.1:8053`. */
  readonly dns: string;
  readonly token: string;
  readonly #starting: StartingWorld;
  readonly #started: ChildProcess[] = [];

  constructor(starting: StartingWorld) {
    this.stateDir = starting.stateDir;
    this.#starting = starting;
    const file = this.#file();
    this.edge = file.edge;
    this.edges = file.edges;
    this.control = file.control;
    this.doh = file.doh;
    this.dns = file.dns;
    const credentials = readFileSync(join(this.stateDir, "credentials.json"), "utf8");
    this.token = z.object({ token: z.string() }).parse(JSON.parse(credentials)).token;
  }

  /** Of the supervisor, or of npm. */
  get pid(): number {
    return this.#starting.process.pid ?? 0;
  }

  /** As world.json has them now. */
  get nodes(): WorldFile["nodes"] {
    return this.#file().nodes;
  }

  get exited(): StartingWorld["exited"] {
    return this.#starting.exited;
  }

  output(): string {
    return this.#starting.output();
  }

  node(backend: string): WorldFile["nodes"][number] {
    const node = this.nodes.find((candidate) => candidate.backend === backend);
    if (!node) throw new Error(`no node is called ${backend}`);
    return node;
  }

  /**
   * Calls the control API: `api("GET", "/table")`. Waits when it is told to, as a client that asks much must. A reply that
   * the API's document does not allow is an error.
   */
  async api(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<ApiResponse> {
    for (let waits = 0; ; waits++) {
      const reply = await this.#ask(method, path, body, headers);
      if (reply.status !== 429 || waits === MAX_WAITS) return reply;
      const seconds = Number(reply.headers.get("Retry-After"));
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    }
  }

  async #ask(
    method: string,
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>>,
  ): Promise<ApiResponse> {
    const response = await fetch(`${this.control}/api/v1${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const { status, headers: answered } = response;
    const reply = { status, headers: answered, body: text === "" ? null : parse(text) };
    checkReply(method, path, reply);
    return reply;
  }

  /** What the control API has at a path. */
  async read<T>(path: string): Promise<T> {
    const { status, body } = await this.api("GET", path);
    if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`);
    return body as T;
  }

  /** A client's request at the edge. Redirects are not followed. */
  get(path: string, { place, ip, headers, isolate = 0, ...init }: ClientOptions = {}): Promise<Response> {
    const where = typeof place === "string" ? places[place] : place;
    return fetch(`${this.edges[isolate]}${path}`, {
      redirect: "manual",
      ...init,
      headers: {
        ...(where ? { "MF-CF-Blob": JSON.stringify(where) } : {}),
        ...(ip === undefined ? {} : { "CF-Connecting-IP": ip }),
        ...headers,
      },
    });
  }

  /** Sets the faults of a node; `{}` clears them. */
  async fault(backend: string, faults: Readonly<Record<string, unknown>>): Promise<void> {
    const response = await fetch(`${this.node(backend).url}/fault`, { method: "POST", body: JSON.stringify(faults) });
    if (!response.ok) throw new Error(`${backend} takes no such fault: ${await response.text()}`);
  }

  /** Ends a node at once (SIGKILL), as one that has ended already is, and resolves when its port answers no more. */
  async kill(backend: string): Promise<void> {
    const { pid, url } = this.node(backend);
    signalProcess(pid, "SIGKILL");
    await waitFor(async () => !(await answers(url)), STOP_TIMEOUT_MS, `the end of ${backend}`);
  }

  /** Starts a killed node again as `npm run region-node` does, on the port that it had. */
  async startNode(backend: string): Promise<void> {
    const script = join(ROOT, "scripts/world/rejoin.ts");
    const child = spawn(process.execPath, [script, "--backend", backend], {
      cwd: ROOT,
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, NOVACRON_STATE_DIR: this.stateDir },
    });
    this.#started.push(child);
    await waitFor(() => this.node(backend).pid === child.pid, STOP_TIMEOUT_MS, `${backend} to run again`);
  }

  /** Ends the world as Ctrl-C or a service manager would, and resolves with the exit code. */
  async stop(signal: "SIGINT" | "SIGTERM" = "SIGTERM"): Promise<number | null> {
    this.#starting.process.kill(signal);
    const { code } = await within(this.exited, STOP_TIMEOUT_MS, "the world to end");
    for (const child of this.#started) child.kill("SIGKILL");
    if (madeDirs.has(this.stateDir)) rmSync(this.stateDir, { recursive: true, force: true });
    return code;
  }

  /** SIGKILL for every process of the world at once; resolves when none is left. What it stored stays, to start on again. */
  async killEverything(): Promise<void> {
    for (const { pid } of processesWith(this.stateDir)) process.kill(pid, "SIGKILL");
    await waitFor(() => processesWith(this.stateDir).length === 0, STOP_TIMEOUT_MS, "the last process to end");
  }

  #file(): WorldFile {
    return worldFileSchema.parse(JSON.parse(readFileSync(join(this.stateDir, "world.json"), "utf8")));
  }
}

async function answers(url: string): Promise<boolean> {
  return fetch(`${url}/healthz`).then(
    () => true,
    () => false,
  );
}

function within<T>(promise: Promise<T>, timeoutMs: number, what: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`waited ${timeoutMs} ms in vain for ${what}`)), timeoutMs);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
