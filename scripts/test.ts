import { spawn } from "node:child_process";
import { once } from "node:events";
import { PINNED_PATH } from "./pinned-path.ts";

type Step = readonly [name: string, command: string, ...args: string[]];

const vitest = (project: string) => ["vitest", "run", "--project", project] as const;
/** `npm test`: everything that must pass, the quick parts first. What promises something within a second runs alone. */
const STEPS: readonly Step[] = [
  ["static checks", "node", "scripts/check.ts"],
  ["unit", ...vitest("unit")],
  ["objects in workerd", ...vitest("objects")],
  ["the simulator", ...vitest("sim")],
  ["end to end over real processes", ...vitest("e2e")],
  ["end to end, as promptly as promised", ...vitest("e2e-prompt")],
];

const env = {
  ...process.env,
  PATH: PINNED_PATH,
  WRANGLER_SEND_METRICS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

for (const [name, command, ...args] of STEPS) {
  console.log(`\n== ${name}`);
  const startedAt = performance.now();
  const [code] = await once(spawn(command, args, { stdio: "inherit", env }), "close");
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  console.log(`\n== ${name}: ${code === 0 ? "passed" : "failed"} after ${seconds} s`);
  if (code !== 0) process.exit(1);
}
