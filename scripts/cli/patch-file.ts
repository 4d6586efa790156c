import { parse } from "yaml";
import { err, ok, type Result } from "../../src/base/result.ts";
import type { Terminal } from "./cli.ts";
import type { Failure } from "./failure.ts";
import { badFile, readText } from "./text-file.ts";

/** The patch in a file, YAML or JSON (which is YAML); `-` is the standard input. */
export async function readPatch(path: string, terminal: Terminal): Promise<Result<unknown, Failure>> {
  const text = await readText(path, terminal);
  if (!text.ok) return text;
  try {
    return ok(parse(text.value));
  } catch (error) {
    return err(badFile(path, error));
  }
}
