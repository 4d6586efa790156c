import { spawn } from "node:child_process";
import { PINNED_PATH } from "./pinned-path.ts";

/** The static checks; each is one command of its own tool. */
const CHECKS: readonly (readonly [name: string, ...command: string[]])[] = [
  ["types: workers and objects", "tsc", "-p", "."],
  ["types: src (no platform at all)", "tsc", "-p", "src"],
  ["types: scripts and tests", "tsc", "-p", "scripts"],
  ["types: the simulator", "tsc", "-p", "scripts/sim"],
  ["lint and format", "biome", "check", "--error-on-warnings", "."],
  [
    "import directions",
    "depcruise",
    "--config",
    ".dependency-cruiser.cjs",
    "src",
    "durable-objects",
    "workers",
    "scripts",
    "test",
  ],
  ["unused code and dependencies", "knip"],
];

interface Finished {
  readonly name: string;
  readonly ok: boolean;
  readonly output: string;
  readonly seconds: number;
}

function run([name, command = "", ...args]: (typeof CHECKS)[number]): Promise<Finished> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, PATH: PINNED_PATH },
    });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    const end = (ok: boolean) => resolve({ name, ok, output, seconds: (performance.now() - startedAt) / 1000 });
    child.on("error", (error) => {
      output += error.message;
      end(false);
    });
    child.on("close", (code) => end(code === 0));
  });
}

const finished = await Promise.all(CHECKS.map(run));
for (const { name, ok, output, seconds } of finished) {
  console.log(`${ok ? "ok  " : "FAIL"} ${name} (${seconds.toFixed(1)} s)`);
  if (!ok) console.log(output);
}
process.exitCode = finished.every(({ ok }) => ok) ? 0 : 1;
