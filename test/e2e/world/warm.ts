import { cpSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

/** What of a state directory only saves time: the bundle, which is checked before it is used, and compiled code. */
const warm = ["workerd/bundle", "workerd/compile-cache", "compile-cache"];
const WARM_DIR = join(import.meta.dirname, "../../../node_modules/.cache/novacron-world");

/** Gives a new state directory what an earlier world has kept. */
export function warmUp(stateDir: string): void {
  for (const part of warm) {
    if (existsSync(join(WARM_DIR, part))) cpSync(join(WARM_DIR, part), join(stateDir, part), { recursive: true });
  }
}

/** Keeps them for the next world, if the bundle is another one. A rename, so that nobody sees half of it. */
export function keepWarm(stateDir: string): void {
  const inputs = (dir: string) => readFileSync(join(dir, "workerd/bundle/inputs.json"), "utf8");
  if (!existsSync(join(stateDir, "workerd/bundle/inputs.json"))) return;
  if (existsSync(join(WARM_DIR, "workerd/bundle")) && inputs(WARM_DIR) === inputs(stateDir)) return;
  const fresh = `${WARM_DIR}.${process.pid}`;
  for (const part of warm) cpSync(join(stateDir, part), join(fresh, part), { recursive: true });
  rmSync(WARM_DIR, { recursive: true, force: true });
  renameSync(fresh, WARM_DIR);
}
