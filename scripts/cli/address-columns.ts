import type { AddressRuleEntry } from "../../workers/control/schema/address-rule.ts";
import { columns } from "./columns.ts";

/** The two lists of addresses. */
export type AddressList = "blacklist" | "allowlist";

export function addressColumns(entries: readonly AddressRuleEntry[]): string {
  const rows = entries.map(({ cidr, reason, createdAt, expiresAt }) => [cidr, createdAt, expiresAt ?? "never", reason]);
  return columns(["CIDR", "CREATED", "EXPIRES", "REASON"], rows);
}
