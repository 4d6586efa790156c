import { spawn } from "node:child_process";
import { once } from "node:events";
import { PINNED_PATH } from "./pinned-path.ts";

/** `npm test`: everything that must pass, the quick parts first. Each step prints as it goes. */
const STEPS: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ["static checks", "node", "scripts/check.ts"],
  ["unit", "vitest", "run", "--project", "unit"],
  ["objects in workerd", "vitest", "run", "--project", "objects"],
  ["the simulator", "vitest", "run", "--project", "sim"],
  ["end to end over real processes", "vitest", "run", "--project", "e2e"],
];

const env = {
  ...process.env,
  PATH: PINNED_PATH,
  WRANGLER_SEND_METRICS: "false",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

for (const [name, command, ...args] of STEPS) {
  console.log(`\n== ${name}`);
  const [code] = await once(spawn(command, args, { stdio: "inherit", env }), "close");
  if (code !== 0) {
    console.error(`\n${name}: failed`);
    process.exit(1);
  }
}
