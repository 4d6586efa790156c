import { Argument, type Command } from "commander";
import type { Terminal } from "../cli.ts";
import { completionFor, type Shell, shells } from "../completion.ts";

/** Needs no control plane. */
export function declareCompletion(program: Command, terminal: Terminal): void {
  program
    .command("completion")
    .description("a script that completes commands: source <(novacron completion bash)")
    .addArgument(new Argument("<shell>").choices(shells))
    .action((shell: Shell) => terminal.out(`${completionFor(shell, program)}\n`));
}
