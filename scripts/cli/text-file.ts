import { err, ok, type Result } from "../../src/base/result.ts";
import type { Terminal } from "./cli.ts";
import type { Failure } from "./failure.ts";

/** The text of a file; `-` is the standard input. */
export async function readText(path: string, terminal: Terminal): Promise<Result<string, Failure>> {
  try {
    return ok(path === "-" ? await terminal.readInput() : await terminal.readFile(path));
  } catch (error) {
    return err({ kind: "bad-file", path, detail: (error as Error).message.trimEnd() });
  }
}
