import { randomBytes } from "node:crypto";
import { readArguments } from "../arguments.ts";
import { runBridge } from "./run-bridge.ts";
import { createUpstream } from "./upstream.ts";

/**
 * Port 53 for a Worker, which can be asked over HTTPS alone. It announces `{ port }` to the parent over IPC, or else on stdout, and does
 * not outlive such a parent. SIGUSR2 has it print what it has done so far.
 */
const usage =
  "usage: node scripts/dns-bridge/main.ts [--doh http://127.0.0.1:8789/dns-query] [--host 127.0.0.1] [--port 8053] [--cache-mb 64]";
const { values } = readArguments(usage, {
  options: {
    doh: { type: "string", default: "http://127.0.0.1:8789/dns-query" },
    host: { type: "string", default: "127.0.0.1" },
    port: { type: "string", default: "8053" },
    "cache-mb": { type: "string", default: "64" },
  },
});
const SECRET_BYTES = 16;
const MB = 1024 * 1024;

const exit = () => process.exit(0);
process.once("SIGTERM", exit);
process.once("SIGINT", exit);
process.once("disconnect", exit);

try {
  const { bridge, port } = await runBridge(
    {
      ask: createUpstream(values.doh),
      cookieSecrets: [randomBytes(SECRET_BYTES)],
      now: () => performance.now(),
      unixSeconds: () => Math.floor(Date.now() / 1000),
      cacheBytes: Number(values["cache-mb"]) * MB,
    },
    { host: values.host, port: Number(values.port) },
  );
  process.on("SIGUSR2", () => {
    const { size, bytes } = bridge.cache;
    console.error(JSON.stringify({ ...bridge.counters, kept: size, keptBytes: bytes }));
  });
  if (process.send) process.send({ port });
  else console.log(`DNS on ${values.host}:${port}, UDP and TCP, from ${values.doh}`);
} catch (error) {
  console.error(`DNS cannot listen on port ${values.port}: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
