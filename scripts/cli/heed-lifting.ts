import { err, ok, type Result } from "../../src/base/result.ts";
import type { Session } from "./cli.ts";
import { confirm } from "./confirm.ts";
import type { Failure } from "./failure.ts";

interface Lifting {
  readonly cidr: string;
  /** What is known of it, and what will happen next. */
  readonly report: string;
  /** Shows nothing, as where JSON alone is wanted. */
  readonly quiet: boolean;
  readonly yes: boolean;
}

/** Says what is known of a ban, and asks whether to lift it; where nobody can be asked, it is not lifted. */
export async function heedLifting({ terminal }: Session, lifting: Lifting): Promise<Result<null, Failure>> {
  const { cidr, report, quiet, yes } = lifting;
  if (!quiet) terminal.err(`${report}\n`);
  if (yes) return ok(null);
  if (terminal.ask === null) return err({ kind: "unasked" });
  return confirm(terminal.ask, `Take ${cidr} off the blacklist?`);
}
