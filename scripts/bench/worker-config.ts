import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** Writes the deployed configuration, but with a Worker of the bench as its entry; the path of it. */
export function writeConfig(directory: string, worker: string): string {
  const path = join(directory, "wrangler.toml");
  const text = readFileSync("wrangler.toml", "utf8")
    .replace('"workers/index.ts"', JSON.stringify(resolve(import.meta.dirname, worker)))
    .replace('"./workers/dashboard/public"', JSON.stringify(resolve("workers/dashboard/public")))
    .replace('"./durable-objects/health-monitor/no-protobuf.ts"', (path) => JSON.stringify(resolve(JSON.parse(path))))
    .replace('"src/adapters/d1/migrations"', JSON.stringify(resolve("src/adapters/d1/migrations")));
  writeFileSync(path, text);
  return path;
}
