import type { Command } from "commander";

/** As the options of a verb give it; the control plane checks what is in it. */
export interface AuditFilterOptions {
  readonly principal?: string;
  readonly action?: string;
  readonly target?: string;
  readonly result?: string;
  readonly since?: string;
  readonly until?: string;
}

export const withFilter = (verb: Command): Command =>
  verb
    .option("--principal <name>", "of this principal, by name or id")
    .option("--action <permission>", "such as weights:write, or weights")
    .option("--target <what>", "what was acted on or changed, such as regions/us-east-1, or regions")
    .option("--result <outcome>", "begun, done, refused or failed")
    .option("--since <time>", "since a time (RFC 3339) or for a duration such as 1h")
    .option("--until <time>", "before a time, or longer than a duration ago");

/** The query of a filter; empty where there is none. */
export function filterQuery({ principal, action, target, result, since, until }: AuditFilterOptions): string {
  const all = { principal, action, target, result, since, until };
  const given = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined);
  return given.length === 0 ? "" : `?${new URLSearchParams(given)}`;
}
