import type { RoleReply } from "../../workers/control/schema/role.ts";
import { columns } from "./columns.ts";

export function roleColumns(roles: readonly RoleReply[]): string {
  const rows = roles.map(({ name, isStandard, permissions }) => [
    name,
    isStandard ? "standard" : "made here",
    permissions.join(" "),
  ]);
  return columns(["ROLE", "KIND", "MAY"], rows);
}
