import { spawn } from "node:child_process";
import { once } from "node:events";

/** `npm test`: everything that must pass, the quick parts first. Each step prints as it goes. */
const STEPS: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ["static checks", process.execPath, "scripts/check.ts"],
  ["unit", "node_modules/.bin/vitest", "run", "--project", "unit"],
  ["objects in workerd", "node_modules/.bin/vitest", "run", "--project", "objects"],
  ["end to end over real processes", "node_modules/.bin/vitest", "run", "--project", "e2e"],
];

for (const [name, command, ...args] of STEPS) {
  console.log(`\n== ${name}`);
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" };
  const [code] = await once(spawn(command, args, { stdio: "inherit", env }), "close");
  if (code !== 0) {
    console.error(`\n${name}: failed`);
    process.exit(1);
  }
}
