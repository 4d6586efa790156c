import { err, ok, type Result } from "../../src/base/result.ts";
import { tablePlanSchema } from "../../workers/control/schema/table.ts";
import type { TableWarning } from "../../workers/control/schema/table-warning.ts";
import type { Session } from "./cli.ts";
import type { Failure } from "./failure.ts";
import { warningLines } from "./warning-lines.ts";

/** What speaks against a change of the table. Of one that will be refused, its refusal says more. */
export async function foresee({ client }: Session, patch: unknown): Promise<Result<readonly TableWarning[], Failure>> {
  const plan = await client.send("POST", "/table/plan", tablePlanSchema, patch);
  if (plan.ok) return ok(plan.value.objections.length > 0 ? [] : plan.value.warnings);
  if (plan.error.kind === "refused" && plan.error.problem.type === "/problems/forbidden") return ok([unforeseen]);
  return plan;
}

const unforeseen: TableWarning = {
  code: "unchecked",
  path: "",
  detail: "what speaks against it is not known, as you may not plan changes (table:plan)",
  counts: null,
};

/** Shows warnings, and asks whether to go on; without any there is nothing to ask. */
export async function heed(
  { terminal }: Session,
  warnings: readonly TableWarning[],
  question: string,
): Promise<Result<null, Failure>> {
  if (warnings.length === 0) return ok(null);
  terminal.err(
    warningLines(warnings)
      .map((line) => `${line}\n`)
      .join(""),
  );
  if (terminal.ask === null) return err({ kind: "unasked" });
  const answer = await terminal.ask(`${question} [y/N] `);
  return /^y(es)?$/i.test(answer.trim()) ? ok(null) : err({ kind: "declined" });
}

/** Both of them; gives the warnings that were shown. */
export async function foreseeAndHeed(
  session: Session,
  patch: unknown,
  question: string,
): Promise<Result<readonly TableWarning[], Failure>> {
  const warnings = await foresee(session, patch);
  if (!warnings.ok) return warnings;
  const heeded = await heed(session, warnings.value, question);
  return heeded.ok ? warnings : heeded;
}
