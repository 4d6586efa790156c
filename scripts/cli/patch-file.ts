import { parse } from "yaml";
import { err, ok, type Result } from "../../src/base/result.ts";
import type { Terminal } from "./cli.ts";
import type { Failure } from "./failure.ts";

/** The patch in a file, YAML or JSON (which is YAML); `-` is the standard input. */
export async function readPatch(path: string, terminal: Terminal): Promise<Result<unknown, Failure>> {
  try {
    return ok(parse(path === "-" ? await terminal.readInput() : await terminal.readFile(path)));
  } catch (error) {
    return err({ kind: "bad-file", path, detail: (error as Error).message.trimEnd() });
  }
}
