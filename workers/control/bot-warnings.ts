import { counted } from "../../src/base/counted.ts";
import { type Cidr, parseCidr } from "../../src/base/ip.ts";
import { NetworkIndex } from "../../src/base/network-index.ts";
import { type AddressRule, type BotRule, isInForce } from "../../src/table/address-rule.ts";
import { type Change, pointer } from "../../src/table/change.ts";
import type { Table } from "../../src/table/table.ts";
import { readTable } from "./reach.ts";
import type { Call } from "./route.ts";
import type { TableWarning } from "./schema/table-warning.ts";

/** Bots that are named where the blacklist bans many. */
const MAX_NAMED = 20;

/** A network that is to be a verified bot's. */
export interface ProposedBot {
  readonly cidr: Cidr;
  readonly name: string;
}

/** Which of the bots of a change the blacklist bans: by its entries that the change leaves as they are. */
export async function botWarnings(call: Call, changes: readonly Change[]): Promise<TableWarning[]> {
  const bots = changes.flatMap(({ section, id, after }): ProposedBot[] => {
    const cidr = section === "bots" && after !== null ? parseCidr(id) : null;
    return cidr?.ok ? [{ cidr: cidr.value, name: (after as BotRule).name }] : [];
  });
  if (bots.length === 0) return [];
  const published = await readTable(call);
  if (!published.ok) return [];
  const blacklist = new Map(published.value.table.blacklist);
  for (const { section, id } of changes) if (section === "blacklist") blacklist.delete(id);
  return bannedBots(bots, blacklist, call.deps.now());
}

export function bannedBots(bots: readonly ProposedBot[], blacklist: Table["blacklist"], now: number): TableWarning[] {
  const inForce = [...blacklist].filter(([, rule]) => isInForce(rule, now));
  const bans = new NetworkIndex(new Map(inForce.map(([id, rule]) => [id, { id, rule }])));
  const banned = bots.flatMap(({ cidr, name }) => {
    const ban = bans.meeting(cidr);
    return ban === null ? [] : [{ cidr, name, ban }];
  });
  const named = banned.slice(0, MAX_NAMED).map(({ cidr, name, ban }) => ({
    code: "banned-bot" as const,
    path: pointer(["bots", cidr.text]),
    detail: `${cidr.text} of ${name} is banned by ${ban.id} (${ban.rule.reason}): ${whatThen(ban.rule)}`,
    counts: null,
  }));
  const more = banned.length - named.length;
  if (more === 0) return named;
  const detail = `the blacklist bans ${counted(more, "more network")} of verified bots`;
  return [...named, { code: "banned-bot", path: pointer(["bots"]), detail, counts: null }];
}

const whatThen = ({ ban }: AddressRule): string =>
  ban === undefined ? "take that off the blacklist to let it in" : "the shield will lift its ban within a minute";
