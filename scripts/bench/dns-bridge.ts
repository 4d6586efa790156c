import { type ChildProcess, fork, spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseIp } from "../../src/base/ip.ts";
import { subnetOf } from "../../src/dns/bridge/subnet.ts";
import { writeUpstreamQuery } from "../../src/dns/bridge/upstream-query.ts";
import type { Name } from "../../src/dns/name.ts";
import type { Query } from "../../src/dns/query.ts";
import { A } from "../../src/dns/record-type.ts";
import { worldFileSchema } from "../world/state-dir.ts";
import { type Figure, median } from "./report.ts";
import { loadUdp, type UdpLoadResult } from "./udp-load.ts";

const ROUNDS = 5;
const SECONDS = 2;
const CONCURRENCY = 64;
/** Networks of clients: few enough that each is in the cache after the first round. */
const NETWORKS = 1000;
const VARIANTS = ["echo", "cached", "asked"] as const;
type Variant = (typeof VARIANTS)[number];

/** The bridge with its cache and without, against a socket that only sends back what it gets. */
export async function benchDnsBridge(): Promise<Figure[]> {
  const stateDir = mkdtempSync(join(tmpdir(), "novacron-bench-"));
  const world = await startWorld(stateDir);
  const { doh } = worldFileSchema.parse(JSON.parse(readFileSync(join(stateDir, "world.json"), "utf8")));
  const echo = createSocket("udp4", (bytes, { address, port }) => echo.send(bytes, port, address)).bind(0, "127.0.0.1");
  await once(echo, "listening");
  const bridges = await Promise.all(["64", "0"].map((megabytes) => startBridge(doh, megabytes)));
  const [cached, asked] = bridges.map(({ port }) => port);
  const ports: Record<Variant, number> = { echo: echo.address().port, cached: cached ?? 0, asked: asked ?? 0 };
  const results: Record<Variant, UdpLoadResult[]> = { echo: [], cached: [], asked: [] };
  try {
    // The first round fills the cache and warms compilers and connections.
    for (let round = 0; round <= ROUNDS; round++) {
      for (const variant of VARIANTS) {
        const result = await loadUdp({ port: ports[variant], concurrency: CONCURRENCY, seconds: SECONDS, query });
        if (round > 0) results[variant].push(result);
      }
    }
  } finally {
    echo.close();
    for (const { process: bridge } of bridges) bridge.kill();
    world.kill("SIGTERM");
    await once(world, "exit");
    rmSync(stateDir, { recursive: true, force: true });
  }
  return figures(results);
}

function figures(results: Record<Variant, UdpLoadResult[]>): Figure[] {
  const bench = `dns bridge (UDP, ${CONCURRENCY} under way, ${ROUNDS} rounds)`;
  const of = (variant: Variant, pick: (result: UdpLoadResult) => number) => median(results[variant].map(pick));
  const rows = [
    ["from its cache", "cached"],
    ["all asked of the Worker", "asked"],
  ] as const;
  return rows.flatMap(([name, variant]): Figure[] => [
    {
      bench,
      figure: `queries, ${name}`,
      value: of(variant, ({ perSecond }) => perSecond),
      baseline: of("echo", ({ perSecond }) => perSecond),
      unit: "/s",
    },
    {
      bench,
      figure: `p99, ${name}`,
      value: of(variant, ({ p99Ms }) => p99Ms),
      baseline: of("echo", ({ p99Ms }) => p99Ms),
      unit: "ms",
    },
    { bench, figure: `lost, ${name}`, value: results[variant].reduce((sum, { lost }) => sum + lost, 0), unit: "" },
  ]);
}

/** `api.novacron.io A` from one network after the other, each as its own question to the Worker. */
const QUESTION: Query = {
  head: { id: 0, opcode: 0, recursionDesired: false, checkingDisabled: false },
  question: {
    name: "api.novacron.io" as Name,
    asked: new Uint8Array(),
    type: A,
    class: 1,
  },
  edns: null,
};
const QUERIES = Array.from({ length: NETWORKS }, (_, i) => {
  const ip = parseIp(`198.${18 + (i >> 8)}.${i & 255}.1`);
  if (!ip) throw new Error("no address");
  return writeUpstreamQuery(QUESTION, subnetOf(ip));
});
const query = (n: number): Uint8Array => QUERIES[n % NETWORKS] as Uint8Array;

async function startWorld(stateDir: string): Promise<ChildProcess> {
  const ports = ["EDGE", "CONTROL", "DOH", "DNS"].map((name) => [`NOVACRON_${name}_PORT`, "0"]);
  const child = spawn(process.execPath, [join(import.meta.dirname, "../world/start.ts")], {
    env: { ...process.env, ...Object.fromEntries(ports), NOVACRON_STATE_DIR: stateDir },
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) if (line.startsWith("ready")) return child;
  throw new Error("the local world ended before it was ready");
}

async function startBridge(
  doh: string,
  megabytes: string,
): Promise<{ readonly process: ChildProcess; readonly port: number }> {
  const args = ["--doh", `${doh}/dns-query`, "--port", "0", "--cache-mb", megabytes];
  const child = fork(join(import.meta.dirname, "../dns-bridge/main.ts"), args, { stdio: "inherit" });
  const [message] = await once(child, "message");
  return { process: child, port: (message as { readonly port: number }).port };
}
