import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { Redis } from "ioredis";
import { RateLimiterRedis } from "rate-limiter-flexible";

/** Requests of a client that are under way. */
const MAX_ASKING = 16;

export interface RedisRun {
  readonly offered: readonly number[];
  readonly admitted: readonly number[];
  readonly micros: readonly number[];
}

export interface RedisLoad {
  readonly clients: number;
  readonly rate: number;
  /** Of each client, requests a second. */
  readonly perSecond: number;
  readonly seconds: number;
}

/** `rate-limiter-flexible` over a Redis on the loopback, asked about each request; `null` where no Redis is installed. */
export async function benchRedis(load: RedisLoad): Promise<RedisRun | null> {
  const port = await freePort();
  const server = await startRedis(port);
  if (server === null) return null;
  const connections = Array.from({ length: load.clients }, () => new Redis({ port, host: "127.0.0.1" }));
  try {
    await Promise.all(connections.map((connection) => connection.ping()));
    const run = { offered: zeros(load.seconds), admitted: zeros(load.seconds), micros: [] };
    const startAt = Date.now();
    await Promise.all(connections.map((connection) => runClient(connection, load, startAt, run)));
    return run;
  } finally {
    for (const connection of connections) connection.disconnect();
    server.kill("SIGKILL");
  }
}

interface Counts {
  readonly offered: number[];
  readonly admitted: number[];
  readonly micros: number[];
}

async function runClient(connection: Redis, load: RedisLoad, startAt: number, run: Counts): Promise<void> {
  const { rate, perSecond, seconds } = load;
  const limiter = new RateLimiterRedis({ storeClient: connection, points: rate, duration: 1 });
  const ends = startAt + seconds * 1000;
  let offered = 0;
  const one = async () => {
    for (let now = Date.now(); now < ends; now = Date.now()) {
      if (offered >= ((now - startAt) * perSecond) / 1000) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        continue;
      }
      offered += 1;
      const second = Math.floor((now - startAt) / 1000);
      add(run.offered, second);
      const from = performance.now();
      const passed = await limiter.consume("client").then(
        () => true,
        () => false,
      );
      run.micros.push((performance.now() - from) * 1000);
      if (passed) add(run.admitted, second);
    }
  };
  await Promise.all(Array.from({ length: MAX_ASKING }, one));
}

const zeros = (seconds: number): number[] => Array<number>(seconds).fill(0);

function add(by: number[], second: number): void {
  by[second] = (by[second] ?? 0) + 1;
}

/** Without persistence, and with no file of its own. */
async function startRedis(port: number): Promise<ChildProcess | null> {
  const options = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const server = spawn("redis-server", options, { stdio: ["ignore", "pipe", "ignore"] });
  const failed = once(server, "error").then(() => false);
  return (await Promise.race([isReady(server), failed])) ? server : null;
}

async function isReady({ stdout }: ChildProcess): Promise<boolean> {
  if (stdout === null) return false;
  for await (const line of createInterface({ input: stdout })) if (line.includes("Ready to accept")) return true;
  return false;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
