import { CommanderError } from "commander";
import type { Terminal } from "./cli.ts";
import { Interrupted } from "./interrupted.ts";
import { createProgram } from "./program.ts";

const DONE = 0;
const USAGE = 2;
/** As of a process that SIGINT has ended. */
const INTERRUPTED = 130;

/** Runs a command line. `name` is what it was called as: `novacron-region` stands for `novacron region`. */
export async function run(name: string, args: readonly string[], terminal: Terminal): Promise<number> {
  const group = /^novacron-([a-z]+)$/.exec(name)?.[1];
  let exit: number = DONE;
  const program = createProgram(terminal, (status) => {
    exit = status;
  });
  try {
    await program.parseAsync(group === undefined ? args : [group, ...args], { from: "user" });
  } catch (error) {
    if (error instanceof Interrupted) return INTERRUPTED;
    if (!(error instanceof CommanderError)) throw error;
    // Help that was asked for is done; help for want of a verb is not.
    return error.exitCode === 0 ? DONE : USAGE;
  }
  return exit;
}
