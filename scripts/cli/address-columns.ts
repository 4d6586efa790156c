import { parseClients } from "../../src/base/ip.ts";
import { listName } from "../../src/table/entity-name.ts";
import type { AddressSection } from "../../src/table/table.ts";
import type { AddressRuleDetail, AddressRuleEntry } from "../../workers/control/schema/address-rule.ts";
import { columns, printable } from "./columns.ts";

export function addressColumns(entries: readonly AddressRuleEntry[]): string {
  const areBots = entries.some(({ name }) => name !== undefined);
  const rows = entries.map(({ cidr, name = "", reason, createdAt, expiresAt }) => [
    cidr,
    ...(areBots ? [name] : []),
    createdAt,
    expiresAt ?? "never",
    reason,
  ]);
  return columns(["CIDR", ...(areBots ? ["BOT"] : []), "CREATED", "EXPIRES", "REASON"], rows);
}

/** How an entry stands to the others, and to good clients. */
export function overlapLines(
  list: AddressSection,
  { cidr, coveredBy, covers, allowlistedBy, goodClients, before, replaced }: AddressRuleDetail,
): string[] {
  const more = covers === undefined ? 0 : covers.count - covers.first.length;
  return [
    ...(coveredBy === undefined ? [] : [`${cidr} is on the ${listName(list)} already by ${coveredBy.join(", ")}`]),
    ...(covers === undefined ? [] : [`it holds ${covers.first.join(", ")}${more === 0 ? "" : ` and ${more} more`}`]),
    ...(allowlistedBy === undefined ? [] : [`the allowlist lets it in all the same, by ${allowlistedBy}`]),
    ...(goodClients === undefined ? [] : [goodClientsLine(cidr, goodClients)]),
    ...(before === undefined ? [] : [replacedLine(before, replaced)]),
  ].map(printable);
}

function replacedLine(
  { expiresAt, reason }: NonNullable<AddressRuleDetail["before"]>,
  ban: string | undefined,
): string {
  const what = ban === undefined ? "an entry that was there" : `the shield's ban ${ban}`;
  return `it takes the place of ${what}, ${expiresAt === null ? "without end" : `until ${expiresAt}`}: ${reason}`;
}

function goodClientsLine(cidr: string, good: NonNullable<AddressRuleDetail["goodClients"]> | null): string {
  if (good === null) return `how many good clients ${cidr} holds is not known`;
  if (good.known === 0) return "no good clients are known yet";
  return `${cidr} holds ${good.held} of the ${good.known} good clients of the last week`;
}

/** The canonical network that somebody has written, and what is to be said where it is more than the address that was. */
export function clientsWritten(text: string): { readonly cidr: string; readonly notes: readonly string[] } {
  const clients = parseClients(text);
  if (!clients.ok) return { cidr: text, notes: [] };
  const { text: cidr, ip, prefix } = clients.value;
  const isWidened = ip.family === 6 && prefix === 64 && !text.includes("/");
  return {
    cidr,
    notes: isWidened
      ? [`${text} is meant with all of ${cidr}, which is one client; ${text}/128 is that address alone`]
      : [],
  };
}
