import { readFileSync } from "node:fs";
import { workerdPid } from "./process-time.ts";

/** What of the `workerd` in a process group is in memory, in MB; `null` where there is no /proc. */
export function workerdMemoryMb(group: number): number | null {
  try {
    const pid = workerdPid(group);
    const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) / 1024;
  } catch {
    return null;
  }
}
