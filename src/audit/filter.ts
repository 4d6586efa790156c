import type { AuditEntry, AuditOutcome } from "./entry.ts";

/** Which entries to show; each part narrows. */
export interface AuditFilter {
  /** The id or name of the principal. */
  readonly principal?: string | undefined;
  /** A permission such as `weights:write`, or its area alone. */
  readonly action?: string | undefined;
  /** What was acted on or changed, such as `regions/us-east-1`, or what it is part of, such as `regions`. */
  readonly target?: string | undefined;
  readonly result?: AuditOutcome | undefined;
  /** Unix milliseconds, inclusive. */
  readonly since?: number | undefined;
  /** Unix milliseconds, exclusive. */
  readonly until?: number | undefined;
}

export function matches(entry: AuditEntry, filter: AuditFilter): boolean {
  const { principal, action, target, result, since = 0, until = Number.POSITIVE_INFINITY } = filter;
  if (entry.at < since || entry.at >= until) return false;
  if (result !== undefined && entry.result.outcome !== result) return false;
  if (principal !== undefined && entry.principal?.id !== principal && entry.principal?.name !== principal) return false;
  if (action !== undefined && !isPart(entry.action.permission ?? "", action, ":")) return false;
  const touched = [entry.target, ...entry.changes.map(({ what }) => what)];
  return target === undefined || touched.some((what) => isPart(what, target, "/"));
}

const isPart = (name: string, of: string, separator: string) => name === of || name.startsWith(`${of}${separator}`);
