import { pointer } from "../../src/table/change.ts";
import type { TablePlanReply } from "../../workers/control/schema/table.ts";
import type { TableWarning } from "../../workers/control/schema/table-warning.ts";

/** What is known before a change is made. */
export type Forecast = Pick<TablePlanReply, "changes" | "warnings">;

/**
 * Which warnings need a person's word, or `--yes`: those of a change that would meet customers. The others are shown, and
 * where nobody can be asked they stop nothing.
 */
const NEEDS_WORD: Readonly<Record<TableWarning["code"], boolean>> = {
  // Customers are slowed down, challenged or refused, or get less than they need for an attack to be held off.
  "limits-many": true,
  "challenges-everybody": true,
  "refuses-everybody": true,
  "lets-attack-through": true,
  "touches-good-clients": true,
  // A network may hold customers, and nobody could say whether it does.
  "good-clients-unknown": true,
  // Whom the shield bans is served again sooner.
  "shortens-ban": true,
  // Refused without --force, which is that word.
  "own-address": false,
  "too-wide": false,
  "verified-bot": false,
  // It is banned already, and stays so.
  "banned-bot": false,
  // It does less than was meant, or nothing.
  "matches-nothing": false,
  "limits-nobody": false,
  "bans-nobody": false,
  "large-burst": false,
  allowlisted: false,
  "shortens-entry": false,
  "turnstile-unverifiable": false,
  expired: false,
  // So is every policy for a whole service.
  "matches-everything": false,
  // Nothing is known against it, and it meets one client at most or is a policy; in an incident, what is asked fails first.
  unchecked: false,
};

/** Those of them that need a person's word. A limit in shadow meets nobody. */
export function graveWarnings({ changes, warnings }: Forecast): readonly TableWarning[] {
  const shadows = changes.filter(({ section, after }) => section === "limits" && isShadow(after));
  const paths = shadows.map(({ section, id }) => pointer([section, id]));
  return warnings.filter(({ code, path }) => NEEDS_WORD[code] && !paths.includes(path));
}

const isShadow = (limit: unknown): boolean => (limit as { readonly shadow?: unknown } | null)?.shadow === true;
