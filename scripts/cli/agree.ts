import { ok, type Result } from "../../src/base/result.ts";
import { tablePlanSchema } from "../../workers/control/schema/table.ts";
import { changeLines } from "./change-lines.ts";
import type { Session } from "./cli.ts";
import { confirm } from "./confirm.ts";
import { type Failure, isForbidden } from "./failure.ts";
import { heed, unforeseen } from "./heed.ts";
import { warningLines } from "./warning-lines.ts";

/**
 * Shows what would change, and asks whether it should. What is agreed to is bound to the epoch that was shown, which is
 * the result; `null` where there was nobody or nothing to ask. Where nobody can be asked, its warnings are heeded.
 */
export async function agree(
  session: Session,
  planPath: string,
  body: unknown,
  question: string,
): Promise<Result<number | null, Failure>> {
  const { client, terminal } = session;
  const plan = await client.send("POST", planPath, tablePlanSchema, body);
  if (!plan.ok)
    return isForbidden(plan.error) ? heed(session, { changes: [], warnings: [unforeseen] }, question) : plan;
  const { epoch, changes, objections, warnings } = plan.value;
  // The refusal will name the objections.
  if (changes.length === 0 || objections.length > 0) return ok(null);
  if (terminal.ask === null) return heed(session, plan.value, question);
  terminal.err([`at epoch ${epoch}:`, ...changeLines(changes, terminal), ...warningLines(warnings), ""].join("\n"));
  const confirmed = await confirm(terminal.ask, question);
  return confirmed.ok ? ok(epoch) : confirmed;
}
