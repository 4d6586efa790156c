import type { Ban } from "../../src/shield/ban/ban.ts";
import type { Evidence } from "../../src/shield/ban/evidence.ts";
import type { Proposal } from "../../src/shield/ban/proposal.ts";
import { settlementOf } from "../../src/shield/ban/words.ts";
import type { AttackRecord } from "../../src/shield/mitigation/attack-record.ts";
import type { AttackReply, AttackSummary } from "./schema/attack.ts";
import type { BanReply, EvidenceReply, ProposalReply } from "./schema/ban.ts";
import { toTime } from "./to-time.ts";

/** What the shield has on record, as the API shows it. */
export function toBan({ state, evidence, decidedAt, expiresAt, ...ban }: Ban): BanReply {
  return {
    ...ban,
    evidence: toEvidence(evidence),
    decidedAt: toTime(decidedAt),
    expiresAt: toTime(expiresAt),
    state: state.kind,
    stateAt: state.kind === "deciding" ? null : toTime(state.at),
    stateDetail: state.kind === "refused" ? state.detail : state.kind === "lifted" ? state.by : null,
  };
}

export function toEvidence(evidence: Evidence): EvidenceReply {
  return { ...evidence, since: toTime(evidence.since), at: toTime(evidence.at) };
}

/** Beside the ids of the attacks that are not over. */
export function toProposal(
  { state, evidence, madeAt, ...proposal }: Proposal,
  openAttacks: ReadonlySet<string>,
): ProposalReply {
  const isOfAttack = state.kind === "open" && evidence.kind === "attack";
  return {
    ...proposal,
    evidence: toEvidence(evidence),
    madeAt: toTime(madeAt),
    state: state.kind,
    settledAt: state.kind === "open" ? null : toTime(state.at),
    settledBy: state.kind === "open" || state.kind === "lapsed" ? null : state.by,
    settlement: settlementOf({ cidr: proposal.cidr, state }),
    ban: state.kind === "confirmed" || state.kind === "overtaken" ? state.ban : null,
    isAttackOver: isOfAttack ? !openAttacks.has(evidence.attack) : null,
  };
}

export function toAttackSummary(attack: Omit<AttackRecord, "timeline">): AttackSummary {
  const { id, service, direction, state, severity, worst, level, mostLevel, bans, proposals, peak } = attack;
  return {
    id,
    service,
    direction,
    state,
    startedAt: toTime(attack.startedAt),
    endedAt: attack.endedAt === null ? null : toTime(attack.endedAt),
    updatedAt: toTime(attack.updatedAt),
    severity,
    worst,
    peak: { ...peak, at: toTime(peak.at) },
    level,
    levelSince: toTime(attack.levelSince),
    mostLevel,
    bans,
    proposals,
  };
}

export function toAttack(attack: AttackRecord): AttackReply {
  const scopes = Object.entries(attack.scopes).map(([scope, { state, at, severity, actual, expected, sigmas }]) => [
    scope,
    { state, at: toTime(at), severity, actual, expected, sigmas },
  ]);
  return {
    ...toAttackSummary(attack),
    scopes: Object.fromEntries(scopes),
    explanations: attack.explanations,
    culprits: attack.culprits,
    signatures: attack.signatures,
    best: attack.best ?? null,
    timeline: attack.timeline.map((event) => ({ ...event, at: toTime(event.at) })),
    leftOut: attack.leftOut,
  };
}

/** Times of the shield are Unix milliseconds, perhaps with fractions. */
