import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { PINNED_PATH } from "./pinned-path.ts";

/** `npm run deploy [-- wrangler's flags]`: D1's migrations first, since new code may read new columns, then the Worker. */
const env = { ...process.env, PATH: PINNED_PATH, WRANGLER_SEND_METRICS: "false" };
const flags = process.argv.slice(2);

async function wrangler(...args: string[]): Promise<void> {
  const [code] = await once(spawn("wrangler", args, { stdio: "inherit", env }), "close");
  if (code !== 0) process.exit(1);
}

const database = /^database_name = "(.+)"$/m.exec(readFileSync("wrangler.toml", "utf8"))?.[1] ?? "novacron-global";
if (!flags.includes("--dry-run")) await wrangler("d1", "migrations", "apply", database, "--remote");
await wrangler("deploy", ...flags);
