import { seedRegions } from "../../src/seed/regions.ts";
import { readArguments } from "../arguments.ts";
import { readEnvironment } from "./environment.ts";
import { lockHolder } from "./lock.ts";
import { codeOf } from "./process-table.ts";
import { runNode } from "./run-node.ts";
import { keepSecrets, openStateDir, readJson, type WorldFile, worldFileSchema } from "./state-dir.ts";
import { notePid } from "./world-file.ts";

/** Starts a killed node again, in the foreground, until the world ends. */
const POLL_MS = 250;

const usage = "usage: npm run region-node -- --backend ID    such as us-east-1-a";
const { values } = readArguments(usage, { options: { backend: { type: "string" } } });
const environment = readEnvironment(process.env, Object.keys(seedRegions));
if (!environment.ok) refuse(environment.error.join("\n"));
const stateDir = openStateDir(environment.value.stateDir);
const world = lockHolder(stateDir.lock);
const file = readJson(stateDir.world, worldFileSchema);
if (world === undefined || !file) refuse(`no world runs on ${stateDir.root}`);
const node = file.nodes.find(({ backend }) => backend === values.backend);
if (!node) refuse(`--backend: expected one of ${file.nodes.map(({ backend }) => backend).join(", ")}`);

const exit = () => process.exit(0);
process.once("SIGINT", exit);
process.once("SIGTERM", exit);
await listen(node);
await notePid(stateDir.world, node.backend, process.pid);
console.log(`${node.backend} listens on ${node.url}`);
setInterval(() => {
  if (lockHolder(stateDir.lock) !== world) exit();
}, POLL_MS);

async function listen({ region, backend, url, pid }: WorldFile["nodes"][number]): Promise<void> {
  try {
    const { nodeToken } = keepSecrets(stateDir);
    await runNode({ region, backend, port: Number(new URL(url).port), nodeToken });
  } catch (error) {
    if (codeOf(error) !== "EADDRINUSE") throw error;
    refuse(`${url} is in use; world.json has ${backend} as process ${pid}`);
  }
}

function refuse(problem: string): never {
  console.error(`error: ${problem}`);
  process.exit(1);
}
