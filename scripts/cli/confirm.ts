import { err, ok, type Result } from "../../src/base/result.ts";
import type { Terminal } from "./cli.ts";
import type { Failure } from "./failure.ts";

/** Asks whether to go on; all but a yes is `declined`. */
export async function confirm(ask: NonNullable<Terminal["ask"]>, question: string): Promise<Result<null, Failure>> {
  const answer = await ask(`${question} [y/N] `);
  return /^y(es)?$/i.test(answer.trim()) ? ok(null) : err({ kind: "declined" });
}
