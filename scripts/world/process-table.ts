import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

export interface ProcessEntry {
  readonly parent: number;
  readonly group: number;
  /** The program's short name, such as `sh`. */
  readonly command: string;
  /** Tells a process from a later one that got the same id; comparable on one machine only. */
  readonly startedAt: string;
}

/** What the system knows of a running process; `undefined` when there is none. */
export function readProcess(pid: number): ProcessEntry | undefined {
  return process.platform === "linux" ? readProc(pid) : readPs(pid);
}

/** True while any process of a group runs. */
export function isGroupAlive(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
  // A signal reaches the dead too, as long as nobody has collected them, which in a container may be never.
  return process.platform !== "linux" || listProc().some((pid) => readProc(pid)?.group === group);
}

/** Signals a process, or with a negative id a group. One that has ended already is what was wanted. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (codeOf(error) !== "ESRCH") throw error;
  }
}

export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;

const listProc = (): number[] =>
  readdirSync("/proc")
    .map(Number)
    .filter((pid) => pid > 0);

function readProc(pid: number): ProcessEntry | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name stands in parentheses and may hold anything; fields are counted from behind it (proc_pid_stat(5)).
    const nameEnd = stat.lastIndexOf(")");
    const fields = stat.slice(nameEnd + 2).split(" ");
    if (fields[0] === "Z" || fields[0] === "X") return undefined;
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const command = stat.slice(stat.indexOf("(") + 1, nameEnd);
    return { parent: Number(fields[1]), group: Number(fields[2]), command, startedAt: `${boot}/${fields[19]}` };
  } catch {
    return undefined;
  }
}

function readPs(pid: number): ProcessEntry | undefined {
  try {
    const line = execFileSync("ps", ["-o", "ppid=,pgid=,lstart=,comm=", "-p", String(pid)], {
      encoding: "utf8",
    }).trim();
    const [parent, group, weekday, month, day, time, year, ...command] = line.split(/\s+/);
    if (!year) return undefined;
    const startedAt = [weekday, month, day, time, year].join(" ");
    return { parent: Number(parent), group: Number(group), command: command.join(" ").replace(/^.*\//, ""), startedAt };
  } catch {
    return undefined;
  }
}
