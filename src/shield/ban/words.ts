import { entityName } from "../../table/entity-name.ts";
import { REPORT_SECONDS } from "../attack.ts";
import { banSeconds, EVIDENCE_MS, type Offender, offencesAt } from "./escalation.ts";
import type { Evidence } from "./evidence.ts";
import type { Proposal } from "./proposal.ts";
import type { Sparing } from "./spared.ts";

/** Why somebody is banned, as the blacklist tells it. */
export function reasonOf(evidence: Evidence): string {
  switch (evidence.kind) {
    case "attack": {
      const { clients, perSecond, usualPerSecond, shareOfExcess, service } = evidence;
      const who = clients === 1 ? "" : `${clients} clients with `;
      const before = usualPerSecond > 0 ? `at most ${rate(usualPerSecond)}` : "next to nothing";
      return `${who}${seenRate(perSecond)}, ${before} before: ${percent(shareOfExcess)} of an attack on ${service}`;
    }
    case "breach": {
      const { offered, allowed, seconds, limit } = evidence;
      return `${rate(offered)} for ${Math.round(seconds)} s, where ${entityName("limits", limit)} allows ${rate(allowed)}`;
    }
  }
}

/** Why a person is asked. */
export function objectionOf(touches: number, wouldTouch: number, mayTouch: number): string {
  return `It holds ${figure(touches)} clients that were good in the last week; bans would touch ${figure(wouldTouch)} of them, and may touch ${figure(mayTouch)}`;
}

/** Why a network is not banned. */
export const sparedInWords = ({ cidr, bot }: Sparing): string =>
  bot === null ? `${cidr} is on the allowlist` : `${cidr} is of ${bot}, a verified bot`;

/** What became of a proposal, and by whom; `null` while it is open. */
export function settlementOf({ cidr, state }: Pick<Proposal, "cidr" | "state">): string | null {
  switch (state.kind) {
    case "open":
      return null;
    case "confirmed":
      return `${state.by} confirmed it`;
    case "dismissed":
      return `${state.by} dismissed it`;
    case "overtaken": {
      const which = state.cidr === cidr ? "it" : `${state.cidr}, which holds it,`;
      const how = state.ban === null ? `put ${which} on the blacklist` : `banned ${which}`;
      return `${state.by === "shield" ? "the shield" : state.by} ${how} before anybody answered`;
    }
    case "lapsed":
      return "nobody answered in time";
  }
}

/** What happens next to an address that is on record, in words. */
export function nextInWords(offender: Offender, isBanned: boolean, now: number): string {
  const next = (offences: number) => `the next offence is banned for ${lengthOf(banSeconds(offences + 1))}`;
  const offences = offencesAt(offender, now);
  if (!isBanned) return next(offences);
  return `If it is lifted now, ${next(Math.max(0, offences - 1))}; if it runs its time, for ${lengthOf(banSeconds(offences + 1))}. What it is banned for now is then no evidence any more.`;
}

/** How soon whoever goes on as before is banned again after a ban for this was lifted. */
export function againInWords(evidence: Evidence): string {
  switch (evidence.kind) {
    case "attack":
      return `If it still takes part in an attack, it gets through for ${lengthOf(EVIDENCE_MS / 1000)} at least before it can be banned again.`;
    case "breach":
      return `If it still breaks ${entityName("limits", evidence.limit)}, it gets through for ${lengthOf(Math.max(1, evidence.seconds))} at least before it can be banned again.`;
  }
}

/** `90 min` is written `1 h 30 min`; at most two units. */
export function lengthOf(seconds: number): string {
  const units = [
    ["d", 86_400],
    ["h", 3600],
    ["min", 60],
    ["s", 1],
  ] as const;
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first < 0) return "0 s";
  let rest = Math.round(seconds);
  const parts = units.slice(first, first + 2).flatMap(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return count === 0 ? [] : [`${count} ${unit}`];
  });
  return parts.join(" ");
}

export const rate = (perSecond: number): string => `${figure(perSecond)} req/s`;
/** A rate that an attack report has. */
export const seenRate = (perSecond: number): string => `${rate(perSecond)} over ${REPORT_SECONDS} s`;
export const percent = (share: number): string => `${figure(share * 100)} %`;

function figure(value: number): string {
  if (value === 0) return "0";
  return Math.abs(value) >= 10 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(2)));
}
