import type { Change } from "../table/change.ts";
import { canonical } from "./canonical.ts";
import type { AuditChange, AuditRecord } from "./entry.ts";
import { redact, redactText } from "./redact.ts";

const MAX_CHANGES = 100;
/** Of canonical JSON in one entry; what is over is kept as a hash. */
const MAX_CHANGES_CHARS = 16_000;

/** The changes of an operation as an entry keeps them: without secrets, and no more than fit. */
export async function auditChanges(
  changes: readonly Change[],
  sha256: (text: string) => Promise<string>,
): Promise<Pick<AuditRecord, "changes" | "rest">> {
  const kept: AuditChange[] = [];
  const over: string[] = [];
  let chars = 0;
  for (const { section, id, before, after } of changes) {
    const change = { what: redactText(`${section}/${id}`), before: redact(before), after: redact(after) };
    const text = canonical(change);
    if (kept.length < MAX_CHANGES && chars + text.length <= MAX_CHANGES_CHARS) {
      chars += text.length;
      kept.push(change);
    } else over.push(text);
  }
  if (over.length === 0) return { changes: kept, rest: null };
  return { changes: kept, rest: { count: over.length, sha256: await sha256(`[${over.join(",")}]`) } };
}
