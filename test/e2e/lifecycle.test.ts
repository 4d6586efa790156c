import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { processesWith, spawnWorld, startWorld, type World, type WorldOptions, waitFor } from "./world/world.ts";

/** What the last process of a killed world may take: the watchdog gives workerd two seconds. */
const GONE_TIMEOUT_MS = 10_000;

const dirs: string[] = [];
const servers: Server[] = [];

function stateDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "novacron-lifecycle-"));
  dirs.push(dir);
  return dir;
}

/** A world of one node, unless told otherwise, on a state directory that stays until the test ends. */
const start = (options: WorldOptions = {}) => startWorld({ regions: ["us-east-1"], stateDir: stateDir(), ...options });

async function occupy(port: number): Promise<number> {
  const server = createServer();
  servers.push(server);
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const nothingLeft = (world: World) =>
  waitFor(() => processesWith(world.stateDir).length === 0, GONE_TIMEOUT_MS, "the last process to end").catch(
    (error) => {
      throw new Error(`${error.message}: ${JSON.stringify(processesWith(world.stateDir))}`);
    },
  );

const hostOf = (world: World): number => {
  const host = processesWith(world.stateDir).find(({ command }) => command.includes("workerd-host.ts"));
  if (!host) throw new Error("there is no workerd host");
  return host.pid;
};

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  for (const dir of dirs.splice(0)) {
    for (const { pid } of processesWith(dir)) process.kill(pid, "SIGKILL");
    rmSync(dir, { recursive: true, force: true });
  }
});

describe("the local world", () => {
  it("writes down where it listens and how to get in, and leaves nothing behind on SIGTERM", async () => {
    const world = await start({ regions: ["us-east-1", "eu-west-1"], nodes: 2 });
    console.log(world.output());
    expect(statSync(join(world.stateDir, "credentials.json")).mode & 0o777).toBe(0o600);
    const credentials = JSON.parse(readFileSync(join(world.stateDir, "credentials.json"), "utf8"));
    expect(credentials).toEqual({ url: world.control, token: expect.stringMatching(/^[\w-]{43,}$/) });
    expect(JSON.parse(readFileSync(join(world.stateDir, "world.json"), "utf8"))).toEqual({
      edges: [world.edge],
      edge: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      control: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      doh: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      dns: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      nodes: ["us-east-1-a", "us-east-1-b", "eu-west-1-a", "eu-west-1-b"].map((backend) => ({
        region: backend.slice(0, -2),
        backend,
        url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
        pid: expect.any(Number),
      })),
    });
    expect((await world.get("/", { place: "eu-west-1" })).headers.get("x-region")).toBe("eu-west-1");
    expect(await world.stop("SIGTERM")).toBe(0);
    expect(processesWith(world.stateDir)).toEqual([]);
  });

  it("keeps what was acknowledged, through SIGINT and through SIGKILL of everything", async () => {
    const dir = stateDir();
    const first = await start({ stateDir: dir });
    expect((await block(first, "192.0.2.0/24")).status).toBeLessThan(300);
    expect(await first.stop("SIGINT")).toBe(0);
    expect(processesWith(dir)).toEqual([]);

    const second = await start({ stateDir: dir });
    expect(second.token).toBe(first.token);
    expect(await blocked(second)).toEqual(["192.0.2.0/24"]);
    expect((await block(second, "198.51.100.0/24")).status).toBeLessThan(300);
    await second.killEverything();

    const third = await start({ stateDir: dir });
    expect(await blocked(third)).toEqual(["192.0.2.0/24", "198.51.100.0/24"]);
    expect(third.node("us-east-1-a").url).toBe(first.nodes[0]?.url);
    await third.stop();
  });

  it("starts again though its service is shut by hand, and says so", async () => {
    const dir = stateDir();
    const first = await start({ stateDir: dir });
    const shut = await first.api("PATCH", "/shield/mitigation/api", { mode: "block" });
    expect(shut.status).toBeLessThan(300);
    await first.stop();

    const second = await start({ stateDir: dir });
    expect(second.output()).toMatch(/^warning: the edge does not serve requests from here: 403 .*\nready in /m);
    expect((await second.api("PATCH", "/shield/mitigation/api", { mode: "auto" })).status).toBeLessThan(300);
    await second.stop();
  });

  it.each([
    ["the supervisor", (world: World) => [world.pid]],
    ["the supervisor and workerd's host", (world: World) => [world.pid, hostOf(world)]],
    ["every process of Node", (world: World) => [world.pid, hostOf(world), ...world.nodes.map(({ pid }) => pid)]],
  ])("leaves nothing behind after SIGKILL of %s", async (_name, pids) => {
    const world = await start();
    for (const pid of pids(world)) process.kill(pid, "SIGKILL");
    await nothingLeft(world);
  });

  it.each(["SIGTERM", "SIGKILL"] as const)("leaves nothing behind after %s of npm", async (signal) => {
    const world = await start({ viaNpm: true });
    process.kill(world.pid, signal);
    await nothingLeft(world);
  });

  it("ends with an error when workerd's host dies", async () => {
    const world = await start();
    process.kill(hostOf(world), "SIGKILL");
    expect(await world.exited).toMatchObject({ code: 1 });
    expect(world.output()).toMatch(/^error: workerd's host has ended \(SIGKILL\)$/m);
    await nothingLeft(world);
  });

  it("goes on when a node dies, and takes it back on its port", async () => {
    const world = await start({ nodes: 2 });
    const { pid, url } = world.node("us-east-1-a");
    await world.kill("us-east-1-a");
    await waitFor(() => world.output().includes(`node us-east-1-a (pid ${pid}) has ended (SIGKILL)`), 5000, "the line");
    expect((await world.get("/", { place: "us-east-1" })).headers.get("x-backend")).toBe("us-east-1-b");
    await world.startNode("us-east-1-a");
    expect(world.node("us-east-1-a").url).toBe(url);
    expect(await (await fetch(url)).json()).toEqual({ region: "us-east-1", backend: "us-east-1-a" });
    expect(await world.stop()).toBe(0);
    await nothingLeft(world);
  });

  it("moves a node whose port is taken, and brings no backend back that was deleted", async () => {
    const dir = stateDir();
    const first = await start({ stateDir: dir, nodes: 3 });
    const [a, b] = [first.node("us-east-1-a"), first.node("us-east-1-b")];
    expect((await first.api("DELETE", "/backends/us-east-1-b")).status).toBeLessThan(300);
    await first.stop();
    for (const { url } of [a, b]) await occupy(Number(new URL(url).port));

    const second = await start({ stateDir: dir, nodes: 3 });
    const moved = second.node("us-east-1-a").url;
    expect(moved).not.toBe(a.url);
    const { body } = await second.api("GET", "/table");
    expect(body).toMatchObject({ backends: { "us-east-1-a": { url: moved }, "us-east-1-c": {} } });
    expect(body).not.toHaveProperty(["backends", "us-east-1-b"]);
    await second.stop();
  });

  it("takes in the regions and nodes of a later, larger start", async () => {
    const dir = stateDir();
    await (await start({ stateDir: dir })).stop();
    const larger = await start({ stateDir: dir, regions: ["us-east-1", "eu-west-1"], nodes: 2 });
    const { body } = await larger.api("GET", "/table");
    expect(body).toMatchObject({
      regions: { "us-east-1": {}, "eu-west-1": {} },
      backends: { "us-east-1-a": {}, "us-east-1-b": {}, "eu-west-1-a": {}, "eu-west-1-b": {} },
      latency: { "us-east-1": { "eu-west-1": 70 }, "eu-west-1": { "us-east-1": 70 } },
    });
    expect((await larger.get("/", { place: "eu-west-1" })).headers.get("x-region")).toBe("eu-west-1");
    await larger.stop();
  });

  it("lets no second world onto its state directory", async () => {
    const world = await start();
    const second = spawnWorld({ stateDir: world.stateDir });
    expect(await second.exited).toMatchObject({ code: 1 });
    expect(second.output()).toBe(
      `error: NOVACRON_STATE_DIR: process ${world.pid} runs a world on it already (${world.stateDir}/lock.json)\n`,
    );
    expect((await world.get("/")).status).toBe(200);
    await world.stop();
  });

  it.each(["NOVACRON_EDGE_PORT", "NOVACRON_CONTROL_PORT", "NOVACRON_DOH_PORT", "NOVACRON_DNS_PORT"])(
    "names %s when its port is in use",
    async (variable) => {
      const port = await occupy(0);
      const world = spawnWorld({ stateDir: stateDir(), env: { [variable]: String(port) } });
      expect(await world.exited).toMatchObject({ code: 1 });
      expect(world.output()).toBe(`error: ${variable}: port ${port} of 127.0.0.1 is in use\n`);
    },
  );

  it("names NOVACRON_DNS_PORT when only its UDP port is in use", async () => {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    const { port } = socket.address();
    const world = spawnWorld({ stateDir: stateDir(), env: { NOVACRON_DNS_PORT: String(port) } });
    expect(await world.exited).toMatchObject({ code: 1 });
    expect(world.output()).toBe(`error: NOVACRON_DNS_PORT: UDP port ${port} of 127.0.0.1 is in use\n`);
    socket.close();
  });

  it("goes on without the DNS bridge when that dies", async () => {
    const world = await start();
    const [bridge] = processesWith(world.stateDir).filter(({ command }) => command.includes("dns-bridge/main.ts"));
    process.kill(bridge?.pid ?? 0, "SIGKILL");
    const line = `the DNS bridge (pid ${bridge?.pid}) has ended (SIGKILL); the world goes on without`;
    await waitFor(() => world.output().includes(line), 5000, "the line");
    expect((await world.get("/", { place: "us-east-1" })).status).toBe(200);
    expect(await world.stop()).toBe(0);
    await nothingLeft(world);
  });

  it.each([
    [
      "NOVACRON_REGIONS",
      "us-east-1,atlantis",
      /^error: NOVACRON_REGIONS: no region is called "atlantis"; there are us-east-1, .*\n$/,
    ],
    ["NOVACRON_NODES", "0", /^error: NOVACRON_NODES: expected 1 to 26\n$/],
    ["NOVACRON_NODES", "many", /^error: NOVACRON_NODES: expected a whole number\n$/],
    ["NOVACRON_EDGE_PORT", "65536", /^error: NOVACRON_EDGE_PORT: expected 0 to 65535\n$/],
    ["NOVACRON_DNS_PORT", "-1", /^error: NOVACRON_DNS_PORT: expected a whole number\n$/],
    ["NOVACRON_DOH_PORT", "8787", /^error: NOVACRON_DOH_PORT: port 8787 is NOVACRON_EDGE_PORT already\n$/],
  ])("names %s when it is %s", async (variable, value, message) => {
    const env = { NOVACRON_EDGE_PORT: "8787", [variable]: value };
    const world = spawnWorld({ stateDir: stateDir(), env });
    expect(await world.exited).toMatchObject({ code: 1 });
    expect(world.output()).toMatch(message);
  });
});

const block = (world: World, cidr: string) => world.api("POST", "/blacklist", { cidr, reason: "test" });

async function blocked(world: World): Promise<string[]> {
  const { body } = await world.api("GET", "/blacklist");
  return (body as { items: { cidr: string }[] }).items.map(({ cidr }) => cidr).sort();
}
