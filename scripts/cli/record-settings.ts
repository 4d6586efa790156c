import { parse } from "yaml";
import { err, ok, type Result } from "../../src/base/result.ts";
import type { Terminal } from "./cli.ts";
import type { Failure } from "./failure.ts";
import { readPatch } from "./patch-file.ts";

export interface RecordOptions {
  readonly ttl?: number;
  readonly policy?: string;
}

/** What a record set says, by the words of a command: its values, or a policy in a file. */
export async function readContent(
  values: readonly string[],
  { ttl, policy }: RecordOptions,
  terminal: Terminal,
): Promise<Result<Readonly<Record<string, unknown>>, Failure>> {
  const ttlSeconds = ttl ?? null;
  if (values.length > 0 === (policy !== undefined))
    return err({ kind: "unusable", detail: "expected either values or --policy" });
  if (policy === undefined) return ok({ ttlSeconds, values });
  const read = policy.trimStart().startsWith("{") ? readWritten(policy) : await readPatch(policy, terminal);
  return read.ok ? ok({ ttlSeconds, policy: read.value }) : read;
}

function readWritten(text: string): Result<unknown, Failure> {
  try {
    return ok(parse(text));
  } catch (error) {
    return err({ kind: "unusable", detail: `--policy: ${(error as Error).message.trimEnd()}` });
  }
}
