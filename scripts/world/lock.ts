import { linkSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { err, ok, type Result } from "../../src/base/result.ts";
import { codeOf, isGroupAlive, readProcess } from "./process-table.ts";
import { readJson, writeJson } from "./state-dir.ts";

/** A world that was killed takes this long at most to lose its last process (see watchdog.ts). */
const LINGER_TIMEOUT_MS = 6000;
const POLL_MS = 50;

const holderSchema = z.object({
  pid: z.int(),
  startedAt: z.string(),
  /** The process group of workerd, which may outlive the holder for a moment. */
  workerdGroup: z.int().nullable(),
});
type Holder = z.infer<typeof holderSchema>;

export interface Lock {
  noteWorkerd(group: number): void;
  release(): void;
}

/** Takes a state directory for this process. A lock whose holder is dead is taken over once its workerd is gone too. */
export async function takeLock(file: string): Promise<Result<Lock, string>> {
  const startedAt = readProcess(process.pid)?.startedAt ?? "";
  const own: Holder = { pid: process.pid, startedAt, workerdGroup: null };
  for (;;) {
    if (create(file, own)) return ok(heldLock(file, own));
    const holder = readHolder(file);
    if (!holder) continue;
    if (isHeld(holder)) return err(`process ${holder.pid} runs a world on it already (${file})`);
    if (!(await lingersNoMore(holder))) {
      return err(`process group ${holder.workerdGroup} of an earlier world still runs (${file})`);
    }
    // Whoever else takes it over at this moment has written another holder, and keeps it.
    if (readHolder(file)?.pid === holder.pid) rmSync(file, { force: true });
  }
}

/** The process that holds a lock, while it runs. */
export function lockHolder(file: string): number | undefined {
  const holder = readHolder(file);
  return holder && isHeld(holder) ? holder.pid : undefined;
}

function heldLock(file: string, own: Holder): Lock {
  return {
    noteWorkerd: (group) => writeJson(file, { ...own, workerdGroup: group }),
    release: () => rmSync(file, { force: true }),
  };
}

/** A link appears whole or not at all, and never over another. */
function create(file: string, own: Holder): boolean {
  const temporary = `${file}.${own.pid}.tmp`;
  writeFileSync(temporary, JSON.stringify(own));
  try {
    linkSync(temporary, file);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

const readHolder = (file: string): Holder | undefined => readJson(file, holderSchema);

const isHeld = (holder: Holder): boolean => readProcess(holder.pid)?.startedAt === holder.startedAt;

async function lingersNoMore({ workerdGroup, startedAt }: Holder): Promise<boolean> {
  if (workerdGroup === null || isOfAnotherBoot(startedAt)) return true;
  const deadline = performance.now() + LINGER_TIMEOUT_MS;
  while (isGroupAlive(workerdGroup)) {
    if (performance.now() > deadline) return false;
    await sleep(POLL_MS);
  }
  return true;
}

/** After a reboot a group's number means nothing. Linux tells: there the boot's id stands before the slash. */
function isOfAnotherBoot(startedAt: string): boolean {
  const [boot, start] = startedAt.split("/");
  return start !== undefined && boot !== readProcess(process.pid)?.startedAt.split("/")[0];
}
