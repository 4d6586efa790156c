import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

export interface RunningProcess {
  readonly pid: number;
  readonly command: string;
}

/** Every other process that has a text in its command line or its environment. */
export function processesWith(text: string): readonly RunningProcess[] {
  const running = process.platform === "linux" ? listProc() : listPs();
  return running
    .filter(({ pid, everything }) => pid !== process.pid && everything.includes(text))
    .map(({ pid, everything }) => ({ pid, command: everything.slice(0, 200) }));
}

interface Listed {
  readonly pid: number;
  readonly everything: string;
}

/** The dead that nobody has collected yet have an empty command line. */
function listProc(): Listed[] {
  const pids = readdirSync("/proc").map(Number);
  return pids.flatMap((pid) => {
    const command = pid > 0 ? readProcFile(pid, "cmdline") : "";
    return command === "" ? [] : [{ pid, everything: `${command} ${readProcFile(pid, "environ")}` }];
  });
}

function readProcFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

/** On macOS `-E` adds the environment. */
function listPs(): Listed[] {
  const lines = execFileSync("ps", ["-axEww", "-o", "pid=,command="], { encoding: "utf8", maxBuffer: 2 ** 26 }).split(
    "\n",
  );
  return lines.map((line) => ({ pid: Number.parseInt(line, 10), everything: line }));
}
