import { z } from "zod";
import type { Grant } from "./grant.ts";
import { type PermissionPattern, permissionPatternSchema } from "./permission.ts";

export const MAX_ROLES = 100;
const MAX_ROLE_PERMISSIONS = 100;
const MAX_ASSIGNMENTS = 20;
const MAX_SCOPE_IDS = 100;

export const roleNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, "expected lower-case letters, digits and hyphens, a letter first");

/** The permissions of a role that was made here. */
export const rolePermissionsSchema = z.array(permissionPatternSchema).min(1).max(MAX_ROLE_PERMISSIONS);

export interface Role {
  readonly name: string;
  readonly permissions: readonly PermissionPattern[];
}

const idsSchema = z.array(z.string().min(1).max(127)).min(1).max(MAX_SCOPE_IDS).nullable().default(null);

/** A role as somebody has it: everywhere, or for some regions and services only. */
export const assignmentSchema = z.strictObject({ role: roleNameSchema, regions: idsSchema, services: idsSchema });
export type Assignment = z.infer<typeof assignmentSchema>;
export const assignmentsSchema = z.array(assignmentSchema).max(MAX_ASSIGNMENTS);

const viewing: readonly PermissionPattern[] = [
  "table:read",
  "weights:read",
  "blacklist:read",
  "allowlist:read",
  "bots:read",
  "latency:read",
  "health:read",
  "routes:read",
  "failover:read",
  "dns:read",
  "shield:read",
  "replication:read",
  "recovery:read",
  "telemetry:read",
];

/** The roles that are always there and cannot be changed. */
export const standardRoles: readonly Role[] = [
  { name: "viewer", permissions: viewing },
  {
    name: "operator",
    permissions: [
      ...viewing,
      "table:plan",
      "routes:plan",
      "weights:*",
      "blacklist:*",
      "allowlist:*",
      "bots:*",
      "failover:*",
      "shield:*",
      "recovery:plan",
    ],
  },
  { name: "admin", permissions: ["*"] },
  { name: "auditor", permissions: ["*:read", "audit:export"] },
];

export const isStandardRole = (name: string): boolean => standardRoles.some((role) => role.name === name);

/** What assignments grant. One of a role that is no more grants nothing. */
export function grantsOf(assignments: readonly Assignment[], madeRoles: readonly Role[]): readonly Grant[] {
  // Standard ones first, so that no role that was made can stand in for one.
  const roles = [...standardRoles, ...madeRoles];
  return assignments.flatMap(({ role: name, regions, services }) => {
    const role = roles.find((each) => each.name === name);
    return role ? [{ permissions: role.permissions, regions, services }] : [];
  });
}
