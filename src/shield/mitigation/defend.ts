import { z } from "zod";
import { listed } from "../../base/listed.ts";
import {
  type Defence,
  type DefenceLevel,
  defenceLevels,
  MAX_SIGNATURES,
  type SignatureMatch,
} from "../../table/defence.ts";
import { mitigationSchema } from "../../table/mitigation-settings.ts";
import type { AttackReport } from "../attack.ts";
import { lengthOf, percent, rate } from "../ban/words.ts";
import { type AttackRecord, attackRecordSchema, type ChosenSignature } from "./attack-record.ts";
import {
  type Chosen,
  chooseSignatures,
  coveredBy,
  excessThrough,
  isSentBy,
  MIN_COVERED,
  measure,
  whole,
  withProposals,
} from "./choose.ts";
import { MAX_COLLATERAL } from "./collateral.ts";
import { heavyClientsOf } from "./heavy-clients.ts";
import {
  BANNED_CALM_MS,
  CALM_MS,
  isTooMuch,
  type Move,
  milder,
  noStance,
  RISE_AFTER_MS,
  ranked,
  stanceSchema,
  stepLevel,
} from "./level.ts";
import { hush, lastSeenAt, ongoingScopes, openAttack, takeView } from "./sightings.ts";
import { note } from "./timeline.ts";
import { type AttackView, EVERYWHERE } from "./view.ts";

/** Signatures are looked for no more often, as each change of them is a change of the table. */
export const SEARCH_EVERY_MS = 5000;
/** What no signature tells from usual requests is challenged as a whole once it has been critical and pressing so long. */
export const WHOLE_AFTER_MS = 30_000;
/** An attack of which nothing was heard for so long, because nobody watched, is over at once, with its defences. */
export const ABANDONED_AFTER_MS = 600_000;
/** One that comes so soon after the last one is met as that was, and its defence lasts the longer. */
export const RELAPSE_WITHIN_MS = 600_000;

/** Signatures may be many and long: an event has room for so much of them. */
const MAX_TOLD_CHARS = 450;

/** An attack that is not over, with what is not for people. */
export const openAttackSchema = z.object({
  record: attackRecordSchema,
  stance: stanceSchema,
  /** The sharpest level that the signatures may be used at. */
  most: z.enum(defenceLevels),
  searchedAt: z.number().nullable(),
  /** Whether those who sent most of what the signatures match, when it was last seen, are banned. */
  isBanned: z.boolean().default(false),
  /** What the operator wants for the service, as the table had it last; of a service that is gone, nothing. */
  wanted: z.object({ mode: mitigationSchema.shape.mode, most: mitigationSchema.shape.most }).nullable(),
});
export type OpenAttack = z.infer<typeof openAttackSchema>;

export const newlyOpen = (record: AttackRecord, now: number): OpenAttack => ({
  record,
  stance: noStance(now),
  most: "observe",
  searchedAt: null,
  isBanned: false,
  wanted: null,
});

export type Wanted = OpenAttack["wanted"];

/** What the operator wants from now on, which is written down where it is not the shield's to say. */
export function want(open: OpenAttack, wanted: Wanted, now: number): OpenAttack {
  const before = open.wanted;
  const isSame = before?.mode === wanted?.mode && before?.most === wanted?.most;
  if (isSame || wanted === null || (before === null && wanted.mode === "auto")) return { ...open, wanted };
  const isLeft = wanted.mode === "auto";
  const what = isLeft ? `it is left to the shield, at most to ${wanted.most}` : `${wanted.mode} is set by hand`;
  return { ...open, wanted, record: note(open.record, "decided", what, {}, now) };
}

/**
 * Whether all of the traffic shows now what asks for something: more than was expected, and at least a major anomaly by
 * the last seconds alone, and not of traffic that may only have moved from one part to another. What regions see, and how
 * bad it has been so far, lead to nothing: after a flood that is banned they would take its defence to those who are there.
 */
export const isAttackedNow = ({ isOfAll, severityNow, hasMoved, actual, expected }: AttackView): boolean =>
  isOfAll && !hasMoved && severityNow !== null && severityNow !== "minor" && actual > expected;

/**
 * Looks at an attack: what is to be done about it now. `view` is what its scopes report, `null` without any that goes on:
 * regions alone only explain; `proposed` are the bans of it that wait for a person; `isBanned` tells of clients. While
 * nothing of it is left in all of the traffic its signatures stay, for when it returns, and the levels fall: soon where it
 * came of those who are banned.
 */
export function defend(
  open: OpenAttack,
  view: AttackView | null,
  proposed: readonly ChosenSignature[],
  now: number,
  isBanned: (client: string) => boolean = () => false,
): OpenAttack {
  const { wanted } = open;
  const seen = hush(open.record, now);
  const record = view === null ? seen : takeView(seen, view, now);
  const isOngoing = view !== null || ongoingScopes(record).length > 0;
  if (record.direction === "silence")
    return settle({ ...open, record: subside(record, isOngoing, now) }, isOngoing, now);
  const isAttacked = view !== null && isAttackedNow(view);
  const isAutomatic = wanted !== null && wanted.mode === "auto" && wanted.most !== "observe";
  const marked =
    isAttacked && isAutomatic
      ? mark({ ...open, record }, view, proposed, now)
      : withoutSettled(open, record, proposed, now);
  const { signatures } = marked.record;
  const isWhole = signatures.some(isWholeService);
  const isProposedAlone = signatures.length > 0 && signatures.every(isProposed);
  const areBanned = (isAttacked ? isSentBy(isBanned, signatures, view) : null) ?? open.isBanned;
  const through = view?.isOfAll ? excessThrough(marked.stance.level, signatures, view) : 0;
  const allowed = isAutomatic ? milder(wanted.most, marked.most) : "observe";
  const { stance, move } = stepLevel(
    marked.stance,
    {
      isAttacked,
      isPressed: view !== null && isTooMuch(through, view.expected),
      most: isWhole && allowed === "limit" ? "observe" : allowed,
      least: isWhole || isProposedAlone ? "challenge" : "observe",
      mayLimit: !isWhole,
      calmMs: areBanned ? BANNED_CALM_MS : CALM_MS,
    },
    now,
  );
  const moved = move === null ? marked.record : follow(marked.record, stance.level, move, through, now);
  return settle({ ...marked, stance, isBanned: areBanned, record: subside(moved, isOngoing, now) }, isOngoing, now);
}

/** What the table is to hold of it. */
export function defenceOf({ record }: OpenAttack): Defence | null {
  const { level, signatures, id, levelSince } = record;
  if (level === "observe" || signatures.length === 0 || record.state === "over") return null;
  if (level === "limit" && signatures.some(isWholeService)) return null;
  return {
    attack: id,
    level,
    since: Math.max(0, Math.floor(levelSince)),
    signatures: signatures.map(({ match, perSecond, level: own }) => ({
      match,
      perSecond: Math.min(10_000_000, perSecond),
      ...(own === undefined ? {} : { level: own }),
    })),
  };
}

/** Chooses signatures where there are none, where those that there are do no longer tell the attack, or let too much through. */
function mark(open: OpenAttack, view: AttackView, proposed: readonly ChosenSignature[], now: number): OpenAttack {
  const { stance, searchedAt } = open;
  const record = withBest(open.record, view);
  const isDue = searchedAt === null || Math.abs(now - searchedAt) >= SEARCH_EVERY_MS;
  const areMet = covers(record.signatures, challengedOf(open, record.signatures, proposed, now));
  if (areMet && (!isDue || (record.signatures.length > 0 && stillTells(open, view)))) return { ...open, record };
  const found = chooseSignatures(view);
  const told = found.signatures.length > 0 ? found : withoutFound(open, view, now);
  const chosen = withProposals(told, challengedOf(open, told.signatures, proposed, now));
  const next = { ...open, record, most: chosen.most, searchedAt: now };
  if (chosen.signatures.length === 0) return { ...next, record: noteUntold(record, now) };
  if (sameMatches(chosen.signatures, record.signatures)) return next;
  const text = `${stance.level === "observe" ? "to be told by" : "now told by"} ${inWords(chosen)}`;
  const numbers = Object.fromEntries(
    chosen.signatures.flatMap(({ covers: share, collateral, collateralAtMost, perSecond }, i) => [
      [`covers ${i + 1}`, share],
      [`collateral ${i + 1}`, collateral],
      [`collateralAtMost ${i + 1}`, collateralAtMost],
      [`perSecond ${i + 1}`, perSecond],
    ]),
  );
  const marked = withBest({ ...record, signatures: [...chosen.signatures] }, view);
  return { ...next, record: note(marked, "decided", text, numbers, now) };
}

/** Remembers what stands where it covers more of what is too much than anything did before. */
function withBest(record: AttackRecord, view: AttackView): AttackRecord {
  const { signatures, best } = record;
  const perSecond = coveredBy(signatures, view);
  return perSecond > (best?.perSecond ?? 0) ? { ...record, best: { perSecond, signatures } } : record;
}

/**
 * Of those whose ban waits for a person, whom to challenge: nobody new while signatures that tell the attack hold it, or
 * have not had their time to, and nobody where no challenge is allowed.
 */
function challengedOf(
  { record, stance, wanted }: OpenAttack,
  signatures: readonly ChosenSignature[],
  proposed: readonly ChosenSignature[],
  now: number,
): readonly ChosenSignature[] {
  if (wanted === null || ranked(wanted.most) < ranked("challenge")) return [];
  const { pressedSince, changedAt } = stance;
  const isPressed = pressedSince !== null && now - Math.max(pressedSince, changedAt ?? pressedSince) >= RISE_AFTER_MS;
  if (isPressed || !signatures.some(({ origin }) => origin === "search")) return proposed;
  const before = new Set(record.signatures.filter(isProposed).map(keyOf));
  return proposed.filter((signature) => before.has(keyOf(signature)));
}

/** Whom a person has been asked about is met no longer than that lasts, whether or not anything is seen. */
function withoutSettled(
  open: OpenAttack,
  record: AttackRecord,
  proposed: readonly ChosenSignature[],
  now: number,
): OpenAttack {
  const asked = new Set(challengedOf(open, record.signatures, proposed, now).map(keyOf));
  const left = record.signatures.filter((signature) => !isProposed(signature) || asked.has(keyOf(signature)));
  return { ...open, record: left.length === record.signatures.length ? record : { ...record, signatures: left } };
}

/**
 * What stays where nothing that is found tells the attack: signatures that hurt nobody, and the challenge of all once it
 * was taken to; else this comes when the attack has been critical for long enough.
 */
function withoutFound({ record, stance, most }: OpenAttack, view: AttackView, now: number): Chosen {
  const all: Chosen = { signatures: [whole(view)], most: "challenge" };
  const { pressedSince } = stance;
  const isLasting = pressedSince !== null && now - pressedSince >= WHOLE_AFTER_MS;
  if (record.signatures.some(isWholeService) || (view.severityNow === "critical" && isLasting)) return all;
  const kept = record.signatures.filter(({ origin }) => origin === "search");
  const isHarmless = kept.length > 0 && measure(kept, view).collateral <= MAX_COLLATERAL;
  return isHarmless ? { signatures: kept, most } : { signatures: [], most: "observe" };
}

/** People are told once of each attack, by its record. */
function noteUntold(record: AttackRecord, now: number): AttackRecord {
  const untold = { ...record, signatures: [], untoldAt: record.untoldAt ?? now };
  if (record.untoldAt !== undefined && record.signatures.length === 0) return untold;
  const wait = lengthOf(WHOLE_AFTER_MS / 1000);
  const what = `no signature tells it from usual requests: it is observed, and all of the service is challenged only when it has been critical for ${wait}`;
  return note(untold, "decided", what, {}, now);
}

const isProposed = ({ origin }: ChosenSignature): boolean => origin === "proposal";
const isWholeService = ({ origin }: ChosenSignature): boolean => origin === "whole";

function stillTells({ record, stance }: OpenAttack, view: AttackView): boolean {
  const { signatures } = record;
  if (isTooMuch(excessThrough(stance.level, signatures, view), view.expected)) return false;
  if (signatures.some(isWholeService)) return true;
  const named = new Set(signatures.map(({ match }) => match.prefix));
  if (heavyClientsOf(view).some(({ prefix }) => !named.has(prefix))) return false;
  const { covers: share, collateral } = measure(
    signatures.filter(({ origin }) => origin === "search"),
    view,
  );
  return share >= MIN_COVERED && collateral <= MAX_COLLATERAL;
}

/** Whether signatures hold those of all proposals, and of no others. */
const covers = (signatures: readonly ChosenSignature[], proposed: readonly ChosenSignature[]): boolean =>
  sameMatches(signatures.filter(isProposed), proposed.slice(0, MAX_SIGNATURES - 1));

const keyOf = ({ match }: { readonly match: SignatureMatch }): string => JSON.stringify(Object.entries(match).sort());

function sameMatches(a: readonly ChosenSignature[], b: readonly ChosenSignature[]): boolean {
  const keys = (signatures: readonly ChosenSignature[]) => signatures.map(keyOf).sort().join("\n");
  return keys(a) === keys(b);
}

function inWords({ signatures, most }: Chosen): string {
  const each = signatures.map(({ match, covers: share, collateral, origin }) => {
    if (origin === "whole") return "all requests of the service, as nothing tells them from usual ones";
    const traits = Object.entries(match).map(([name, value]) => `${name} ${value}`);
    if (origin === "proposal")
      return `${traits.join(", ")}, to be challenged until a person has said whether it is banned`;
    return `${traits.join(", ")} (${percent(share)} of the excess, ${percent(collateral)} of usual requests)`;
  });
  return `${listed(each, "; ", MAX_TOLD_CHARS)}; at most to ${most}`;
}

function follow(record: AttackRecord, level: DefenceLevel, move: Move, through: number, now: number): AttackRecord {
  const mostLevel = ranked(level) > ranked(record.mostLevel) ? level : record.mostLevel;
  const next = {
    ...record,
    level,
    mostLevel,
    levelSince: now,
    signatures: level === "observe" ? [] : record.signatures,
  };
  return note(next, "decided", `${record.level} → ${level}: ${whyMoved(move, through)}`, { through }, now);
}

function whyMoved(move: Move, through: number): string {
  switch (move) {
    case "enter":
      return "the attack asks for it";
    case "sharpen":
      return `${rate(through)} too many still get through`;
    case "ease":
      return "it has been calm for long enough";
    case "cap":
      return "no more is allowed: by the settings of the service, or by what can be said of the signatures";
  }
}

function subside(record: AttackRecord, isOngoing: boolean, now: number): AttackRecord {
  if (isOngoing || record.state !== "ongoing") return record;
  const endedAt = Math.min(now, lastSeenAt(record));
  return note({ ...record, state: "subsiding", endedAt }, "seen", "nobody sees it any more", {}, now);
}

/** It is over when nothing is done any more. */
function settle(open: OpenAttack, isOngoing: boolean, now: number): OpenAttack {
  const { record } = open;
  if (isOngoing || record.state !== "subsiding") return open;
  const heardAt = Math.max(...Object.values(record.scopes).map(({ at }) => at));
  const isAbandoned =
    now - heardAt > ABANDONED_AFTER_MS && Object.values(record.scopes).some(({ state }) => state === "unheard");
  if (isAbandoned) return close(open, "it is over: nothing was heard of it for too long", now);
  // Not in the look that takes the last defence away, so that the record still hears what came of that.
  const isDone = record.level === "observe" && record.levelSince !== now;
  return isDone ? close(open, "it is over", now) : open;
}

function close(open: OpenAttack, what: string, now: number): OpenAttack {
  const over: AttackRecord = { ...open.record, state: "over", level: "observe", signatures: [] };
  const { stance } = open;
  const rest = stance.level === "observe" ? stance : { ...stance, level: "observe" as const, eased: true };
  return { ...open, stance: rest, record: note(over, "decided", what, {}, now) };
}

/** The attack that nobody sees any more is over, as another has begun. */
export const supersede = (open: OpenAttack, now: number): OpenAttack =>
  close(open, "it is over: another has begun", now);

/**
 * An attack that has just begun. It begins with what is left of the defence against the last one on the service, or, where
 * that was taken away not long ago, with its stance, which knows how often it had to come back. Where nothing is left, what
 * tells it is looked for at once. What only a region sees lets what is left end as it would have.
 */
export function begin(report: AttackReport, last: OpenAttack | null, now: number): OpenAttack {
  const record = openAttack(report, now);
  if (last === null) return newlyOpen(record, now);
  const { level, levelSince, signatures, id } = last.record;
  const changedAt = last.stance.changedAt ?? Number.NEGATIVE_INFINITY;
  if (level === "observe" && Math.abs(now - changedAt) > RELAPSE_WITHIN_MS) return newlyOpen(record, now);
  if (level === "observe") return { ...last, record, searchedAt: null };
  const next = { ...record, level, mostLevel: level, levelSince, signatures };
  const follows = `it follows ${id}, against which there is ${level} still`;
  const what = report.scope === EVERYWHERE ? follows : `${follows}: what a region sees does not keep that up`;
  return { ...last, record: note(next, "seen", what, {}, now) };
}
