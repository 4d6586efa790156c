import { err, ok, type Result } from "../../src/base/result.ts";
import type { Terminal } from "./cli.ts";
import type { Failure } from "./failure.ts";

/** The text of a file; `-` is the standard input. */
export async function readText(path: string, terminal: Terminal): Promise<Result<string, Failure>> {
  try {
    return ok(path === "-" ? await terminal.readInput() : await terminal.readFile(path));
  } catch (error) {
    return err(badFile(path, error));
  }
}

/** Why a file is of no use; of the commonest reasons not in Node's words, which repeat its path. */
export function badFile(path: string, error: unknown): Failure {
  const { code, message } = error as NodeJS.ErrnoException;
  return { kind: "bad-file", path, detail: commonReasons[code ?? ""] ?? message.trimEnd() };
}

const commonReasons: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  ENOTDIR: "no such file",
  EISDIR: "it is a directory",
  EACCES: "you may not read it",
};
