import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isWarm, keepWarm } from "./warm.ts";
import { startWorld } from "./world.ts";

/** Before the first file: makes what all worlds start from, so that files side by side need not. */
export default async function setup(): Promise<void> {
  if (isWarm()) return;
  const stateDir = mkdtempSync(join(tmpdir(), "novacron-warm-"));
  const world = await startWorld({ regions: ["us-east-1"], stateDir });
  keepWarm(stateDir);
  await world.stop();
  rmSync(stateDir, { recursive: true, force: true });
}
