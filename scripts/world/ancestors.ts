import { readProcess } from "./process-table.ts";

const POLL_MS = 200;

/** Under npm: calls back once npm is gone, even by a SIGKILL that it could not pass on. */
export function watchAncestors(gone: () => void): void {
  if (!process.env.npm_lifecycle_event) return;
  const parent = process.ppid;
  const npm = throughShell(parent);
  const startedAt = readProcess(npm)?.startedAt;
  const timer = setInterval(() => {
    if (process.ppid === parent && readProcess(npm)?.startedAt === startedAt) return;
    clearInterval(timer);
    gone();
  }, POLL_MS);
  timer.unref();
}

/** npm runs a script by a shell, and not every shell makes way for the last command. */
function throughShell(pid: number): number {
  const entry = readProcess(pid);
  return entry && /^-?(ba|da|a|z|k)?sh$/.test(entry.command) ? entry.parent : pid;
}
