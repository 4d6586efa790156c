import type { AddressRuleDetail, AddressRuleEntry } from "../../workers/control/schema/address-rule.ts";
import { columns, printable } from "./columns.ts";

/** The two lists of addresses. */
export type AddressList = "blacklist" | "allowlist";

export function addressColumns(entries: readonly AddressRuleEntry[]): string {
  const rows = entries.map(({ cidr, reason, createdAt, expiresAt }) => [cidr, createdAt, expiresAt ?? "never", reason]);
  return columns(["CIDR", "CREATED", "EXPIRES", "REASON"], rows);
}

/** How an entry stands to the others. */
export function overlapLines(
  list: AddressList,
  { cidr, coveredBy, covers, allowlistedBy, replaced }: AddressRuleDetail,
): string[] {
  const more = covers === undefined ? 0 : covers.count - covers.first.length;
  return [
    ...(coveredBy === undefined ? [] : [`${cidr} is on the ${list} already by ${coveredBy.join(", ")}`]),
    ...(covers === undefined ? [] : [`it holds ${covers.first.join(", ")}${more === 0 ? "" : ` and ${more} more`}`]),
    ...(allowlistedBy === undefined ? [] : [`the allowlist lets it in all the same, by ${allowlistedBy}`]),
    ...(replaced === undefined ? [] : [`it takes the place of the shield's ban ${replaced}`]),
  ].map(printable);
}
