import type { AddressRuleEntry } from "../../workers/control/schema/address-rule.ts";
import { columns } from "./columns.ts";

/** The two lists of addresses. */
export type AddressList = "blacklist" | "allowlist";

export function addressColumns(entries: readonly AddressRuleEntry[]): string {
  const rows = entries.map(({ id, reason, createdAt, expiresAt }) => [id, createdAt, expiresAt ?? "never", reason]);
  return columns(["CIDR", "CREATED", "EXPIRES", "REASON"], rows);
}
