import type { TokenReply } from "../../workers/control/schema/token.ts";
import { describeRoles } from "./assignments.ts";
import { columns } from "./columns.ts";

/** `machines` are the names of machines by id. */
export function tokenColumns(tokens: readonly TokenReply[], machines: ReadonlyMap<string, string>): string {
  const rows = tokens.map(({ id, name, principal, limit, expiresAt, lastUsedAt }) => [
    name,
    machines.get(principal) ?? principal,
    limit === null ? "all of its machine" : describeRoles([limit]),
    expiresAt ?? "never",
    lastUsedAt ?? "never",
    id,
  ]);
  return columns(["NAME", "MACHINE", "MAY", "EXPIRES", "LAST USED", "ID"], rows);
}
