import { err, ok, type Result } from "../../src/base/result.ts";
import type { Terminal } from "./cli.ts";
import type { Failure } from "./failure.ts";

/** A password that somebody chooses, typed twice. The control plane says whether it will do. */
export async function askNewPassword(ask: NonNullable<Terminal["ask"]>): Promise<Result<string, Failure>> {
  const password = await ask("New password (at least 12 characters): ", { hidden: true });
  if (password === (await ask("Again: ", { hidden: true }))) return ok(password);
  return err({ kind: "unusable", detail: "the passwords differ" });
}
