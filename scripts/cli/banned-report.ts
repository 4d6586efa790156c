import type { BannedReply, BanReply } from "../../workers/control/schema/ban.ts";
import { printable } from "./columns.ts";

/** What is known of an address or network as far as bans go, and what happens when it is lifted. */
export function bannedReport({ cidr, entry, madeBy, allowlistedBy, verifiedBot, ban, ifLifted }: BannedReply): string {
  const rows = [
    ["network", cidr],
    ...(entry === null
      ? []
      : [
          ["reason", entry.reason],
          ["by", madeBy ?? "-"],
          ["expires", entry.expiresAt ?? "never"],
        ]),
    ...(allowlistedBy === null ? [] : [["allowed", `the allowlist lets it in all the same, by ${allowlistedBy}`]]),
    ...(verifiedBot === null ? [] : [["bot", `${verifiedBot.name}, a verified bot, by ${verifiedBot.cidr}`]]),
    ...(ban === null ? [] : [["ban", banWords(ban)]]),
  ];
  const facts = rows.map(([name = "", value = ""]) => printable(`${name.padEnd(8)} ${value}`));
  return [...facts, ...ifLifted.map(printable)].join("\n");
}

function banWords({ offence, decidedAt, by, state, stateAt, reason }: BanReply): string {
  const decided = `decided ${decidedAt} by ${by}`;
  if (state === "deciding" || state === "in-force") return `offence ${offence} on its record, ${decided}`;
  return `was offence ${offence}, ${decided}, ${state} ${stateAt ?? ""}: ${reason}`;
}
