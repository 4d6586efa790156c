import { spawn } from "node:child_process";
import { once } from "node:events";
import { PINNED_PATH } from "./pinned-path.ts";

type Step = readonly [name: string, command: string, ...args: string[]];

const vitest = (project: string) => ["vitest", "run", "--project", project] as const;
/** What computes all the time gives way to what waits for a moment. */
const GIVE_WAY = ["nice", "-n", "19"] as const;

/**
 * `npm test`: everything that must pass, the quick parts first. Stages follow one another; the rows of a stage run side
 * by side, and the steps of a row one after another. Each step prints as it goes, by the name of its project.
 */
const STAGES: readonly (readonly (readonly Step[])[])[] = [
  [[["static checks", "node", "scripts/check.ts"]]],
  [
    [
      ["unit", ...GIVE_WAY, ...vitest("unit")],
      ["objects in workerd", ...GIVE_WAY, ...vitest("objects")],
      ["the simulator", ...GIVE_WAY, ...vitest("sim")],
    ],
    [["end to end over real processes", ...vitest("e2e")]],
  ],
  [[["end to end, as promptly as promised", ...vitest("e2e-prompt")]]],
];

const env = {
  ...process.env,
  PATH: PINNED_PATH,
  WRANGLER_SEND_METRICS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

/** Runs steps until one fails. */
async function pass(steps: readonly Step[]): Promise<boolean> {
  for (const [name, command, ...args] of steps) {
    console.log(`\n== ${name}`);
    const startedAt = performance.now();
    const [code] = await once(spawn(command, args, { stdio: "inherit", env }), "close");
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    console.log(`\n== ${name}: ${code === 0 ? "passed" : "failed"} after ${seconds} s`);
    if (code !== 0) return false;
  }
  return true;
}

for (const rows of STAGES) {
  const passed = await Promise.all(rows.map(pass));
  if (passed.includes(false)) process.exit(1);
}
