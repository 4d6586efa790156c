import { seedRegions } from "../../src/seed/regions.ts";
import { readArguments } from "../arguments.ts";
import { watchAncestors } from "./ancestors.ts";
import { readEnvironment } from "./environment.ts";
import { takeLock } from "./lock.ts";
import { isFree, isFreeForUdp } from "./ports.ts";
import { openStateDir, type StateDir } from "./state-dir.ts";
import { World } from "./world.ts";

/** `npm start`: the whole local world in the foreground, until a signal, npm's end, or the loss of workerd. */
const STOP_TIMEOUT_MS = 10_000;
/** On a terminal, Ctrl-C comes twice: from the terminal, and from npm, which passes it on. */
const REPEAT_MS = 500;

const usage = `usage: npm start
  the local world, until Ctrl-C; ports and places by NOVACRON_EDGE_PORT, NOVACRON_CONTROL_PORT, NOVACRON_DOH_PORT,
  NOVACRON_DNS_PORT, NOVACRON_STATE_DIR, NOVACRON_NODES, NOVACRON_EDGES, NOVACRON_REGIONS`;
const startedAt = performance.now();
readArguments(usage, {});
// Nobody may read any more, as in `npm start | head`.
process.stdout.on("error", () => {});
const environment = readEnvironment(process.env, Object.keys(seedRegions));
if (!environment.ok) refuse(environment.error);
const { ports, stateDir: root } = environment.value;

const stateDir = reach(root);
const lock = await takeLock(stateDir.lock);
if (!lock.ok) refuse([`NOVACRON_STATE_DIR: ${lock.error}`]);
process.once("exit", () => lock.value.release());

const variables = [
  ["NOVACRON_EDGE_PORT", ports.edge],
  ["NOVACRON_CONTROL_PORT", ports.control],
  ["NOVACRON_DOH_PORT", ports.doh],
  ["NOVACRON_DNS_PORT", ports.dns],
] as const;
for (const [variable, port] of variables) {
  if (!(await isFree(port))) refuse([`${variable}: port ${port} of 127.0.0.1 is in use`]);
}
if (!(await isFreeForUdp(ports.dns))) refuse([`NOVACRON_DNS_PORT: UDP port ${ports.dns} of 127.0.0.1 is in use`]);

const world = new World(environment.value, stateDir, lock.value, say);
let endingSince: number | undefined;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    if (endingSince === undefined) say(`${signal}: stopping`);
    else if (performance.now() - endingSince > REPEAT_MS) abandon();
    end(0);
  });
}
watchAncestors(() => end(0));
world.lost.then((reason) => fail(reason));
try {
  await world.start();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  say(`ready in ${seconds} s`);
} catch (error) {
  fail(error instanceof Error ? error.message : String(error));
}

function reach(directory: string): StateDir {
  try {
    return openStateDir(directory);
  } catch (error) {
    refuse([`NOVACRON_STATE_DIR: ${error instanceof Error ? error.message : error}`]);
  }
}

function fail(reason: string): void {
  if (endingSince !== undefined) return;
  console.error(`error: ${reason}`);
  end(1);
}

/** Everything is asked to end, and what does not is killed; the time that takes is bounded. */
function end(code: number): void {
  if (endingSince !== undefined) return;
  endingSince = performance.now();
  setTimeout(abandon, STOP_TIMEOUT_MS);
  void world.stop().then(() => process.exit(code));
}

function abandon(): never {
  world.kill();
  process.exit(1);
}

function refuse(problems: readonly string[]): never {
  for (const problem of problems) console.error(`error: ${problem}`);
  process.exit(1);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
