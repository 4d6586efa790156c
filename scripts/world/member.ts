import { type ChildProcess, fork } from "node:child_process";
import { isGroupAlive, signalProcess } from "./process-table.ts";

/** A child process of the world. It leads a process group of its own, so that Ctrl-C on a terminal reaches the supervisor alone. */
export interface Member {
  readonly pid: number;
  /** The first message of the child. Rejects with the reason when it ends before that. */
  readonly announced: Promise<unknown>;
  /** How it ended: `SIGKILL`, `exit code 1`. */
  readonly exited: Promise<string>;
  readonly channel: ChildProcess;
  /** Ends its whole group: by `ask`, and by SIGKILL when that has not helped in time. */
  end(ask: (child: ChildProcess) => void, timeoutMs: number): Promise<void>;
  kill(): void;
}

export interface MemberOptions {
  readonly script: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

const GROUP_POLL_MS = 20;

export function startMember({ script, args, env }: MemberOptions): Member {
  const child = fork(script, args, {
    detached: true,
    env,
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`cannot start ${script}`);
  // A message that a dying child does not take; its exit says more.
  child.on("error", () => {});
  const exited = new Promise<string>((resolve) => {
    child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const announced = new Promise<unknown>((resolve, reject) => {
    child.once("message", resolve);
    void exited.then((how) => reject(new Error(how)));
  });
  announced.catch(() => {});
  const kill = () => signalProcess(-pid, "SIGKILL");
  return {
    pid,
    announced,
    exited,
    channel: child,
    kill,
    async end(ask, timeoutMs) {
      if (child.connected || child.exitCode === null) ask(child);
      const deadline = performance.now() + timeoutMs;
      await Promise.race([exited, new Promise((resolve) => setTimeout(resolve, timeoutMs).unref())]);
      while (isGroupAlive(pid)) {
        if (performance.now() > deadline) kill();
        await new Promise((resolve) => setTimeout(resolve, GROUP_POLL_MS));
      }
    },
  };
}
