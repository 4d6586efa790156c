import { err, ok, type Result } from "../../src/base/result.ts";
import { tablePlanSchema } from "../../workers/control/schema/table.ts";
import type { TableWarning } from "../../workers/control/schema/table-warning.ts";
import type { Session } from "./cli.ts";
import { confirm } from "./confirm.ts";
import { type Failure, isForbidden } from "./failure.ts";
import { type Forecast, graveWarnings } from "./grave-warnings.ts";
import { warningLines } from "./warning-lines.ts";

/** What speaks against a change of the table. Of one that will be refused, its refusal says more. */
export async function foresee({ client }: Session, patch: unknown): Promise<Result<Forecast, Failure>> {
  const plan = await client.send("POST", "/table/plan", tablePlanSchema, patch);
  if (plan.ok) return ok(plan.value.objections.length > 0 ? { changes: [], warnings: [] } : plan.value);
  return isForbidden(plan.error) ? ok({ changes: [], warnings: [unforeseen] }) : plan;
}

export const unforeseen: TableWarning = {
  code: "unchecked",
  path: "",
  detail: "what speaks against it is not known, as you may not plan changes (table:plan)",
  counts: null,
};

/**
 * Shows warnings, and asks whether to go on; without any there is nothing to ask. Where nobody can be asked, it goes on
 * unless one of them needs a person's word.
 */
export async function heed(
  { terminal }: Session,
  forecast: Forecast,
  question: string,
): Promise<Result<null, Failure>> {
  if (forecast.warnings.length === 0) return ok(null);
  terminal.err(
    warningLines(forecast.warnings)
      .map((line) => `${line}\n`)
      .join(""),
  );
  if (terminal.ask === null) return graveWarnings(forecast).length === 0 ? ok(null) : err({ kind: "unasked" });
  return confirm(terminal.ask, question);
}

/** Both of them; gives the warnings that were shown. */
export async function foreseeAndHeed(
  session: Session,
  patch: unknown,
  question: string,
): Promise<Result<readonly TableWarning[], Failure>> {
  const forecast = await foresee(session, patch);
  if (!forecast.ok) return forecast;
  const heeded = await heed(session, forecast.value, question);
  return heeded.ok ? ok(forecast.value.warnings) : heeded;
}
