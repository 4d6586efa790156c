import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { buffer } from "node:stream/consumers";
import { PINNED_PATH } from "./pinned-path.ts";

interface Step {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** It knows no time but its own, and runs at the lowest priority beside what follows, which mostly waits. */
  readonly isPatient?: boolean;
}

const vitest = (project: string): Step["command"] => ["vitest", "run", "--project", project];
/** `npm test`: everything that must pass, the quick parts first. */
const STEPS: readonly Step[] = [
  { name: "static checks", command: ["node", "scripts/check.ts"] },
  { name: "unit", command: vitest("unit") },
  { name: "objects in workerd", command: vitest("objects") },
  { name: "the simulator", command: vitest("sim"), isPatient: true },
  { name: "end to end over real processes", command: vitest("e2e") },
  { name: "end to end, as promptly as promised", command: vitest("e2e-prompt") },
];

const env = {
  ...process.env,
  PATH: PINNED_PATH,
  WRANGLER_SEND_METRICS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

const children = new Set<ChildProcess>();
const patient: Promise<void>[] = [];
for (const step of STEPS) {
  if (step.isPatient) patient.push(run(step));
  else await run(step);
}
await Promise.all(patient);

/** Ends everything at the first step that fails. What a patient one prints is shown when it has ended. */
async function run({ name, command, isPatient = false }: Step): Promise<void> {
  console.log(`\n== ${name}${isPatient ? ", beside what follows" : ""}`);
  const startedAt = performance.now();
  const child = isPatient
    ? spawn("nice", ["-n", "19", ...command], { stdio: ["ignore", "pipe", "pipe"], env })
    : spawn(command[0], command.slice(1), { stdio: "inherit", env });
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
