import { execFile } from "node:child_process";
import { join } from "node:path";

const CLI = join(import.meta.dirname, "../../../scripts/cli/main.ts");

/** Runs a verb of the CLI with `--json` on the world of a state directory, and gives what it printed. */
export const novacron = <T>(stateDir: string, ...args: string[]) =>
  new Promise<T>((resolve, reject) => {
    const env = { ...process.env, NOVACRON_STATE_DIR: stateDir };
    execFile(process.execPath, [CLI, ...args, "--json"], { env }, (error, out, err) => {
      if (error) reject(new Error(`novacron ${args.join(" ")}: ${err}`, { cause: error }));
      else resolve(JSON.parse(out) as T);
    });
  });
