import { closeSync, openSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf } from "./process-table.ts";
import { readJson, worldFileSchema, writeJson } from "./state-dir.ts";

/** A change takes a moment; a lock that is older belongs to a process that was killed. */
const CHANGE_TIMEOUT_MS = 2000;
const POLL_MS = 10;

/** Writes down that a node runs as another process. Several may do so at once. */
export async function notePid(file: string, backend: string, pid: number): Promise<void> {
  const lock = `${file}.lock`;
  await take(lock);
  try {
    const world = readJson(file, worldFileSchema);
    if (!world) return;
    writeJson(file, {
      ...world,
      nodes: world.nodes.map((node) => (node.backend === backend ? { ...node, pid } : node)),
    });
  } finally {
    rmSync(lock, { force: true });
  }
}

async function take(lock: string): Promise<void> {
  const deadline = performance.now() + CHANGE_TIMEOUT_MS;
  for (;;) {
    try {
      closeSync(openSync(lock, "wx"));
      return;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
      if (performance.now() > deadline) rmSync(lock, { force: true });
    }
    await sleep(POLL_MS);
  }
}
