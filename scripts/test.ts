import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { PINNED_PATH } from "./pinned-path.ts";

interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** How far it steps aside for what has to be in time, up to 19. What it prints is shown when it has ended. */
  readonly niceness?: number;
}

const vitest = (project: string) => ["vitest", "run", "--project", project];

/** They promise to be in time; those end to end mostly wait. */
const WAITING: readonly Step[] = [
  { name: "objects in workerd", command: vitest("objects") },
  { name: "end to end over real processes", command: vitest("e2e") },
  { name: "end to end, as promptly as promised", command: vitest("e2e-prompt") },
];
/** They need the processor, and fill what the others leave of it. */
const BUSY: readonly Step[] = [
  { name: "static checks", command: ["node", "scripts/check.ts"], niceness: 19 },
  { name: "unit", command: vitest("unit"), niceness: 19 },
  { name: "the simulator", command: vitest("sim"), niceness: 19 },
];

const env = {
  ...process.env,
  PATH: PINNED_PATH,
  WRANGLER_SEND_METRICS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

const children = new Set<ChildProcess>();

/** `npm test`: everything that must pass. */
await Promise.all([WAITING, BUSY].map(inTurn));

async function inTurn(steps: readonly Step[]): Promise<void> {
  for (const step of steps) await run(step);
}

/** Ends everything at the first step that fails. */
async function run({ name, command, niceness }: Step): Promise<void> {
  console.log(`\n== ${name}${niceness === undefined ? "" : ", beside what waits"}`);
  const startedAt = performance.now();
  const child =
    niceness === undefined
      ? spawn(command[0] ?? "", command.slice(1), { stdio: "inherit", env })
      : spawn("nice", ["-n", `${niceness}`, ...command], { stdio: ["ignore", "pipe", "pipe"], env });
  children.add(child);
  const printed = Promise.all([child.stdout, child.stderr].map((stream) => (stream ? buffer(stream) : "")));
  const [code] = await once(child, "close");
  children.delete(child);
  for (const text of await printed) process.stdout.write(text);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  console.log(`\n== ${name}: ${code === 0 ? "passed" : "failed"} after ${seconds} s`);
  if (code === 0) return;
  for (const other of children) other.kill();
  process.exit(1);
}
