import { listed } from "../../base/listed.ts";
import type { Proposal } from "../ban/proposal.ts";
import { lengthOf, rate, seenRate } from "../ban/words.ts";
import type { Alert } from "./alert.ts";
import type { AttackRecord, Severity } from "./attack-record.ts";
import { ranked } from "./level.ts";
import { isWorse, ongoingScopes } from "./sightings.ts";
import { EVERYWHERE } from "./view.ts";
import { whyOf } from "./why.ts";

/** An alert without its id. */
export type Announcement = Omit<Alert, "id">;

const urgency: Readonly<Record<Severity, Alert["severity"]>> = {
  minor: "info",
  major: "warning",
  critical: "critical",
};

/** What else an alert says of regions has room beside so much. */
const MAX_REGIONS_CHARS = 100;

/** Proposals of one moment that people are told of one by one. */
const MAX_ANNOUNCED = 3;

/** As much of it as an alert holds. */
const toldAs = (text: string): string => text.slice(0, 500);

/** What people are to be told of a change of an attack; `before` is `null` at its beginning. */
export function announce(before: AttackRecord | null, after: AttackRecord, now: number): Announcement[] {
  const about = { at: now, service: after.service, attack: after.id, proposal: null };
  const severity = urgency[after.worst];
  const { actual, expected, regions } = after.peak;
  const where = regions.length === 0 ? "" : ` in ${listed(regions, ", ", MAX_REGIONS_CHARS)}`;
  const figures = `${seenRate(actual)}${where}, where ${rate(expected)} are expected`;
  const name = after.direction === "flood" ? "flood" : "silence";
  if (before === null) {
    const first = whyOf({ ...after, expected, actual });
    const why = first ? ` Most of it is ${first.dimension} ${first.value}.` : "";
    const text = `A ${name} on ${after.service} has begun (${after.severity}): ${figures}.${why} ${doing(after)}`;
    return [{ ...about, kind: "attack-started", severity, text: toldAs(text) }];
  }
  if (after.state === "over" && before.state !== "over") {
    const lasted = lengthOf(Math.max(0, (after.endedAt ?? now) - after.startedAt) / 1000);
    const done = after.mostLevel === "observe" ? "Nothing was done about it" : `It was met by ${after.mostLevel}`;
    const text = `The ${name} on ${after.service} is over after ${lasted}; at its peak ${figures}. ${done}, and ${count(after.bans, "ban")} came of it.`;
    return [{ ...about, kind: "attack-ended", severity: "info", text: toldAs(text) }];
  }
  if (before.untoldAt === undefined && after.untoldAt !== undefined) {
    const text = `No signature tells the flood on ${after.service} from usual requests: ${figures}. ${doing(after)}`;
    return [{ ...about, kind: "attack-escalated", severity, text: toldAs(text) }];
  }
  const isSharper = ranked(after.level) > ranked(before.level);
  if (!isSharper && !isWorse(after.worst, before.worst)) return [];
  // The first thing that is done about it belongs to its start.
  const grown = isWorse(after.worst, before.worst) ? ` has become ${after.worst}` : " is met by more";
  const text = `The ${name} on ${after.service}${grown}: at its peak ${figures}. ${doing(after)}`;
  return [{ ...about, kind: "attack-escalated", severity, text: toldAs(text) }];
}

/** Each of the first few, and that there are more: all of them wait for a person. */
export function announceProposals(proposals: readonly Proposal[]): Announcement[] {
  const [first, ...others] = proposals.slice(MAX_ANNOUNCED);
  const told = proposals.slice(0, MAX_ANNOUNCED).map(announceProposal);
  if (first === undefined) return told;
  const text = `Shall ${first.cidr}${others.length === 0 ? "" : ` and ${others.length} more`} be banned, too? The open proposals say why it was not done.`;
  return [...told, { ...announceProposal(first), proposal: null, text }];
}

function announceProposal({ id, cidr, reason, objection, evidence, madeAt }: Proposal): Announcement {
  const attack = evidence.kind === "attack" ? evidence.attack : null;
  const service = evidence.kind === "attack" ? evidence.service : null;
  const text = `Shall ${cidr} be banned? ${reason}. ${objection}.`;
  return {
    at: madeAt,
    kind: "ban-proposed",
    severity: "warning",
    service,
    attack,
    proposal: id,
    text: toldAs(text),
  };
}

function doing(record: AttackRecord): string {
  switch (record.level) {
    case "observe":
      if (record.direction === "silence") return "It can only be looked at.";
      if (isRegional(record)) return "It is observed: no more is done on the word of regions alone.";
      if (hasMoved(record)) return "It is observed: it may have moved there from other parts of the traffic.";
      return record.untoldAt === undefined || record.signatures.length > 0
        ? "It is observed."
        : "It is observed, as no signature tells it from usual requests: it may be a crowd that is welcome.";
    case "limit":
      return "What tells it is limited.";
    case "challenge":
      return "What tells it is challenged.";
    case "block":
      return "What tells it is blocked.";
  }
}

/** Traffic that has moved between regions is too much for one of them, and not for the service. */
function isRegional(record: AttackRecord): boolean {
  const scopes = ongoingScopes(record);
  return scopes.length > 0 && !scopes.includes(EVERYWHERE);
}

/** What nobody has seen to come on top of the other traffic. */
const hasMoved = ({ scopes }: AttackRecord): boolean => scopes[EVERYWHERE]?.hasMoved === true;

const count = (value: number, noun: string): string =>
  value === 0 ? `no ${noun}` : value === 1 ? `one ${noun}` : `${value} ${noun}s`;
