import type { Command } from "commander";
import type { PrincipalReply } from "../../workers/control/schema/principal.ts";
import { columns } from "./columns.ts";

/** Options that say which roles somebody has, and for what. */
export interface RoleOptions {
  readonly role?: readonly string[];
  readonly regions?: readonly string[];
  readonly services?: readonly string[];
}

const listOf = (text: string): string[] => text.split(",").map((part) => part.trim());
const collect = (text: string, before: readonly string[] = []): string[] => [...before, text];

/** Each role, all for the same regions and services. */
export function toAssignments({ role = [], regions, services }: RoleOptions) {
  return role.map((name) => ({
    role: name,
    ...(regions === undefined ? {} : { regions: [...regions] }),
    ...(services === undefined ? {} : { services: [...services] }),
  }));
}

type Assignments = PrincipalReply["roles"];

/** `admin, operator (eu-west-1, api)`. */
export function describeRoles(roles: Assignments): string {
  if (roles.length === 0) return "-";
  return roles
    .map(({ role, regions, services }) => {
      const scope = [...(regions ?? []), ...(services ?? [])].join(", ");
      return scope === "" ? role : `${role} (${scope})`;
    })
    .join(", ");
}

export function principalColumns(principals: readonly PrincipalReply[]): string {
  const rows = principals.map(({ id, name, kind, roles, createdAt }) => [
    name,
    kind,
    describeRoles(roles),
    createdAt,
    id,
  ]);
  return columns(["NAME", "KIND", "ROLES", "CREATED", "ID"], rows);
}

/** Declares the options that `toAssignments` reads. */
export const withRoles = (command: Command) =>
  command
    .option("--role <role>", "viewer, operator, admin, auditor, or one that was made; may be given again", collect)
    .option("--regions <ids>", "only for these regions, comma-separated", listOf)
    .option("--services <ids>", "only for these services, comma-separated", listOf);
