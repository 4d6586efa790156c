import { readdirSync, readFileSync } from "node:fs";

/** Linux counts processor time in ticks of 10 ms (`getconf CLK_TCK` is 100 wherever Node runs). */
const TICK_MS = 10;

interface Stat {
  readonly name: string;
  readonly group: number;
  /** User and system time. */
  readonly cpuMs: number;
}

/** The processor time of the `workerd` in a process group so far; `null` where there is no /proc. */
export function workerdCpuMs(group: number): number | null {
  try {
    const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    const stat = pids.map(readStat).find((each) => each?.name === "workerd" && each.group === group);
    return stat?.cpuMs ?? null;
  } catch {
    return null;
  }
}

/** proc(5), /proc/pid/stat: the name in parentheses is field 2, the group 5, user and system time 14 and 15. */
function readStat(pid: string): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const name = text.slice(text.indexOf("(") + 1, text.lastIndexOf(")"));
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { name, group: Number(fields[2]), cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS };
  } catch {
    return null;
  }
}
