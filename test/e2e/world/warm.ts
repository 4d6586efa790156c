import { cpSync, existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isUnchanged } from "../../../scripts/world/bundle-inputs.ts";

/** What of a state directory only saves time: the bundle, which is checked before it is used, and compiled code. */
const warm = ["workerd/bundle", "workerd/compile-cache", "compile-cache"];
const ROOT = join(import.meta.dirname, "../../..");
const WARM_DIR = join(ROOT, "node_modules/.cache/novacron-world");

/** Whether what is kept is of the sources as they are. */
export const isWarm = (): boolean => isUnchanged(join(ROOT, "wrangler.toml"), join(WARM_DIR, "workerd/bundle"));

/** Gives a new state directory what an earlier world has kept. */
export function warmUp(stateDir: string): void {
  for (const part of warm) {
    if (existsSync(join(WARM_DIR, part))) cpSync(join(WARM_DIR, part), join(stateDir, part), { recursive: true });
  }
}

/** Keeps what a world has made for those to come. Nobody else may start a world meanwhile. */
export function keepWarm(stateDir: string): void {
  const fresh = `${WARM_DIR}.${process.pid}`;
  for (const part of warm) cpSync(join(stateDir, part), join(fresh, part), { recursive: true });
  rmSync(WARM_DIR, { recursive: true, force: true });
  renameSync(fresh, WARM_DIR);
}
