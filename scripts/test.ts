import { spawn } from "node:child_process";
import { once } from "node:events";
import { PINNED_PATH } from "./pinned-path.ts";

type Step = readonly [name: string, command: string, ...args: string[]];

const vitest = (project: string): string[] => ["vitest", "run", "--project", project];
/** What computes all the time gives way to what other steps wait for. */
const giveWay = ["nice", "-n", "19"];
const step = (name: string, ...[command = "", ...args]: string[]): Step => [name, command, ...args];

/**
 * `npm test`: everything that must pass, the quick parts first. The stages follow one another; of a stage, the first
 * row of steps prints as it goes, and what runs beside it prints when it has ended.
 */
const STAGES: readonly (readonly (readonly Step[])[])[] = [
  [[step("static checks", "node", "scripts/check.ts")]],
  [
    [
      step("unit", ...giveWay, ...vitest("unit")),
      step("objects in workerd", ...giveWay, ...vitest("objects")),
      step("the simulator", ...giveWay, ...vitest("sim")),
    ],
    [step("end to end over real processes", ...vitest("e2e"))],
  ],
  [[step("end to end, what is promised within seconds", ...vitest("e2e-prompt"))]],
];

const env = {
  ...process.env,
  PATH: PINNED_PATH,
  WRANGLER_SEND_METRICS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

/** Runs steps one after another until one fails; whether all have passed. */
async function pass(steps: readonly Step[], printsAsItGoes: boolean): Promise<boolean> {
  for (const [name, command, ...args] of steps) {
    const title = `\n== ${name}`;
    if (printsAsItGoes) console.log(title);
    const startedAt = performance.now();
    const child = spawn(command, args, { stdio: ["inherit", ...(printsAsItGoes ? INHERITED : PIPED)], env });
    const said: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => said.push(chunk));
    const [code] = await once(child, "close");
    if (!printsAsItGoes) console.log(`${title}\n${Buffer.concat(said)}`);
    console.log(
      `${name}: ${code === 0 ? "passed" : "failed"} after ${Math.round((performance.now() - startedAt) / 1000)} s`,
    );
    if (code !== 0) return false;
  }
  return true;
}

const INHERITED = ["inherit", "inherit"] as const;
const PIPED = ["pipe", "pipe"] as const;

for (const stage of STAGES) {
  const passed = await Promise.all(stage.map((steps, row) => pass(steps, row === 0)));
  if (passed.includes(false)) process.exit(1);
}
