import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Ends a process group when the process that holds its standard input dies, however it dies. It is a shell, in a group
 * of its own, because it has to outlive everything that a `kill -9` of Node may hit.
 */
const script = `
trap '' HUP INT TERM
read -r word && exit 0
kill -TERM "-$1" 2>/dev/null || exit 0
i=0
while [ "$i" -lt 20 ]; do
  kill -0 "-$1" 2>/dev/null || exit 0
  sleep 0.1
  i=$((i + 1))
done
kill -KILL "-$1" 2>/dev/null
`;

export interface Watchdog {
  /** Lets the group live. */
  dismiss(): Promise<void>;
}

/** Watches over this process's group, which it must lead. `label` marks the watchdog in the list of processes. */
export function setWatchdog(label: string): Watchdog {
  const shell: ChildProcess = spawn("/bin/sh", ["-c", script, "watchdog", String(process.pid), label], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const exited = once(shell, "exit");
  return {
    async dismiss() {
      shell.stdin?.end("done\n");
      await exited;
    },
  };
}
