import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { PINNED_PATH } from "./pinned-path.ts";
import { placeholdersIn } from "./placeholders.ts";

const USAGE = `Usage: npm run deploy [-- options]

D1's migrations first, as new code may read new columns, then the Worker.

  --dry-run   works offline, deploys nothing, and says what wrangler.toml lacks
  -h, --help  this text; nothing is done
  others      go to wrangler deploy (its own are told by: npx wrangler deploy --help)`;

const env = { ...process.env, PATH: PINNED_PATH, WRANGLER_SEND_METRICS: "false" };
const flags = process.argv.slice(2);
if (flags.includes("--help") || flags.includes("-h")) {
  console.log(USAGE);
  process.exit(0);
}
const isDryRun = flags.includes("--dry-run");

async function wrangler(...args: string[]): Promise<void> {
  const [code] = await once(spawn("wrangler", args, { stdio: "inherit", env }), "close");
  if (code !== 0) process.exit(1);
}

const config = readFileSync("wrangler.toml", "utf8");
const placeholders = placeholdersIn(config);
for (const each of placeholders) console.error(`${isDryRun ? "warning" : "error"}: wrangler.toml: ${each}`);
if (placeholders.length > 0 && !isDryRun) {
  console.error("nothing was deployed");
  process.exit(1);
}
const database = /^database_name = "(.+)"$/m.exec(config)?.[1] ?? "novacron-global";
if (!isDryRun) await wrangler("d1", "migrations", "apply", database, "--remote");
await wrangler("deploy", ...flags);
