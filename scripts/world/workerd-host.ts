import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { bundleWorker } from "./bundle.ts";
import type { RunningWorkerd } from "./run-workerd.ts";
import { setWatchdog } from "./watchdog.ts";
import { type Announcement, type WorkerdOptions, workerdOptionsSchema } from "./workerd.ts";

/**
 * `node workerd-host.ts STATE_DIR`, as a child of `startWorkerd`, which sends the options: leads the group in which
 * the bundler and workerd run, and ends with its parent. The argument only marks it in the list of processes.
 */
const STOP_TIMEOUT_MS = 4000;

const watchdog = setWatchdog(process.argv[2] ?? "");
let running: RunningWorkerd | undefined;
process.once("disconnect", () => void finish(0));

const [message] = await once(process, "message");
process.on("message", (word) => {
  if (word === "stop") void finish(0);
});
try {
  announce({ kind: "ready", ports: await start(workerdOptionsSchema.parse(message)) });
} catch (error) {
  announce({ kind: "failed", detail: error instanceof Error ? error.message : String(error) });
  await finish(1);
}

async function start(options: WorkerdOptions): Promise<Record<string, number>> {
  const temporary = join(options.stateDir, "tmp");
  // What a world that was killed has left there.
  rmSync(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  // Loading Miniflare takes as long as bundling, and there are two cores.
  const [modules, { runWorkerd }] = await Promise.all([
    bundleWorker(options.configPath, join(options.stateDir, "bundle")),
    import("./run-workerd.ts"),
  ]);
  running = await runWorkerd(options, modules);
  return running.ports;
}

/** Exits. While workerd is still on its way, the watchdog is left to end what has been started. */
async function finish(code: number): Promise<void> {
  setTimeout(() => process.exit(1), STOP_TIMEOUT_MS);
  if (running) {
    await running.dispose();
    await watchdog.dismiss();
  }
  process.exit(code);
}

function announce(announcement: Announcement): void {
  process.send?.(announcement);
}
