import { z } from "zod";

/** What the control plane is about, each with its operations. */
export const AREAS = [
  "table",
  "weights",
  "blacklist",
  "allowlist",
  "bots",
  "latency",
  "health",
  "routes",
  "principals",
  "roles",
  "tokens",
  "sessions",
  "audit",
  "failover",
  "dns",
  "shield",
  "replication",
  "recovery",
  "telemetry",
] as const;
export const ACTIONS = ["read", "plan", "write", "export"] as const;

export type Area = (typeof AREAS)[number];
type Action = (typeof ACTIONS)[number];

/** What a route needs, such as `weights:write`. Nobody writes the audit log, so that no route can ask for it. */
export type Permission = Exclude<`${Area}:${Action}`, "audit:write">;

/** What a role holds: a permission, all of an area, reading everything, or everything. */
export type PermissionPattern = Permission | "*" | `${Area}:*` | "*:read";

const permissions = AREAS.flatMap((area) => ACTIONS.map((action) => `${area}:${action}`)).filter(
  (permission): permission is Permission => permission !== "audit:write",
);

const patterns: readonly string[] = ["*", "*:read", ...AREAS.map((area) => `${area}:*`), ...permissions];

export const isPermission = (text: string): text is Permission => (permissions as readonly string[]).includes(text);

export const permissionPatternSchema = z
  .string()
  .refine((text): text is PermissionPattern => patterns.includes(text), "expected area:action, area:*, *:read or *");

export const matches = (pattern: PermissionPattern, permission: Permission): boolean =>
  meet(pattern, permission) !== null;

/** What two patterns both allow, as one pattern; `null` when that is nothing. */
export function meet(a: PermissionPattern, b: PermissionPattern): PermissionPattern | null {
  const area = meetPart(areaOf(a), areaOf(b));
  const action = meetPart(actionOf(a), actionOf(b));
  if (area === null || action === null || (area === "audit" && action === "write")) return null;
  // Of the patterns, `*:read` alone names an action without an area; `*` stands for `*:*`.
  return (area === "*" && action === "*" ? "*" : `${area}:${action}`) as PermissionPattern;
}

const meetPart = (a: string, b: string) => (a === "*" || a === b ? b : b === "*" ? a : null);
const areaOf = (pattern: PermissionPattern) => pattern.split(":")[0] ?? "";
const actionOf = (pattern: PermissionPattern) => pattern.split(":")[1] ?? "*";
