import { readdirSync, readFileSync } from "node:fs";

/** The processor time of the `workerd` in a process group so far, in milliseconds; `null` where there is no /proc. */
export function workerdCpuMs(group: number): number | null {
  try {
    const pid = workerdPid(group);
    if (pid === undefined) return null;
    return readdirSync(`/proc/${pid}/task`).reduce((sum, task) => sum + taskMs(pid, task), 0);
  } catch {
    return null;
  }
}

/** Of the `workerd` in a process group. Throws where there is no /proc. */
export const workerdPid = (group: number): string | undefined =>
  readdirSync("/proc").find((name) => /^\d+$/.test(name) && isWorkerd(name, group));

/** proc(5), /proc/pid/stat: the name in parentheses is field 2, the process group 5. */
function isWorkerd(pid: string, group: number): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const end = text.lastIndexOf(")");
    return text.slice(text.indexOf("(") + 1, end) === "workerd" && Number(text.slice(end + 2).split(" ")[2]) === group;
  } catch {
    return false;
  }
}

/** Linux, sched-stats: the first field of schedstat is nanoseconds on the processor; /proc/pid/stat has 10 ms steps. */
function taskMs(pid: string, task: string): number {
  return Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, "utf8").split(" ")[0]) / 1e6;
}
