import { hashText } from "../../base/hash.ts";
import { type AttackReport, severityNowOf } from "../attack.ts";
import { rate, seenRate } from "../ban/words.ts";
import {
  type AttackRecord,
  MAX_NAMED_CULPRITS,
  MAX_NAMED_EXPLANATIONS,
  MAX_SCOPES,
  type Severity,
  severities,
} from "./attack-record.ts";
import { note } from "./timeline.ts";
import { type AttackView, EVERYWHERE, worse } from "./view.ts";
import { whyOf } from "./why.ts";

/** A scope of which nothing is heard for so long no longer says that the attack goes on. */
export const UNHEARD_MS = 15_000;
/** Reports that come later than this are of no use. */
export const MAX_REPORT_AGE_MS = 60_000;
/** Of reports of one detector that come out of order, the earlier counts no more. A clock set back further counts anew. */
export const REORDERED_MS = 10_000;
/** A client is named at the peak from so many requests a second on, and with so many times its usual. */
const NAMED_FROM_RATE = 3;
const NAMED_TIMES_USUAL = 3;
/** A peak is worth a word when it is so many times the last one that was. */
const PEAK_STEP = 2;
const MAX_ID_CHARS = 64;

type Sight = AttackRecord["scopes"][string];

/**
 * Whether a report says anything new, by what its scope said before. A copy of it does not, nor one of an attack of which
 * nothing was heard before, and nothing can be seen now.
 */
export function isNews(record: AttackRecord | null, report: AttackReport, now: number): boolean {
  if (Math.abs(now - report.at) > MAX_REPORT_AGE_MS) return false;
  const before = record?.scopes[report.scope];
  const isSeen = report.state === "ongoing" && severityNowOf(report) !== "none";
  if (!before) return isSeen && (record === null || Object.keys(record.scopes).length < MAX_SCOPES);
  if (before.report !== report.id) return isSeen;
  const laterBy = report.at - before.reportedAt;
  return laterBy > 0 || laterBy < -REORDERED_MS;
}

/** Its id is in the order of time, and of one moment tells a flood on a service from a silence of it. */
export function openAttack(report: AttackReport, now: number): AttackRecord {
  const { service, scope, direction, severity, expected, sigmas, startedAt } = report;
  return {
    id: idOf(report, now),
    service,
    direction,
    state: "ongoing",
    // What is said to have begun later than now, or long ago, is held to begin now.
    startedAt: Math.min(startedAt, now),
    endedAt: null,
    updatedAt: now,
    severity,
    worst: severity,
    // The first look finds its height.
    peak: { at: now, actual: expected, expected, sigmas, regions: scope === EVERYWHERE ? [] : [scope] },
    scopes: {},
    explanations: [],
    culprits: [],
    level: "observe",
    mostLevel: "observe",
    levelSince: now,
    signatures: [],
    bans: 0,
    proposals: 0,
    timeline: [],
    leftOut: 0,
  };
}

/** One that is too long is cut, and a hash of the whole service tells it from others that begin alike. */
function idOf({ service, direction }: AttackReport, now: number): string {
  const time = Math.max(0, Math.floor(now)).toString(36).padStart(9, "0");
  const whole = `${time}-${direction}-${service}`;
  if (whole.length <= MAX_ID_CHARS) return whole;
  const hash = hashText(service).toString(36).padStart(7, "0");
  return `${whole.slice(0, MAX_ID_CHARS - hash.length - 1)}-${hash}`;
}

/** Takes a report that is news. */
export function takeReport(record: AttackRecord, report: AttackReport, now: number): AttackRecord {
  const { scope, state, id, at, sigmas, expected, actual } = report;
  const before = record.scopes[scope];
  // By what has passed since, so that the clocks need not agree.
  const lastOutAt = now - Math.max(0, at - (report.lastOutAt ?? at));
  const { severity, hasMoved = false } = report;
  const figures = { severity, hasMoved, sigmas, expected, actual };
  const sight: Sight = { report: id, state, at: now, reportedAt: at, lastOutAt, ...figures };
  const next = { ...record, scopes: { ...record.scopes, [scope]: sight } };
  const numbers = { expected, actual, sigmas };
  if (state === "ended")
    return before?.state === "ended" ? next : note(next, "seen", `${scope}: it has ended`, numbers, now);
  return before?.state === "ongoing" ? next : note(next, "seen", inWords(report), numbers, now);
}

function inWords(report: AttackReport): string {
  const { scope, direction, severity, expected, actual } = report;
  if (severityNowOf(report) === "none") return `${scope}: nothing of it can be seen for the moment`;
  const what = direction === "flood" ? "too many requests" : "too few requests";
  const first = whyOf(report);
  const why = first ? `; most of it is ${first.dimension} ${first.value}` : "";
  const moved = report.hasMoved === true ? "; it may have moved there from other parts of the traffic" : "";
  return `${scope}: ${severity}, ${what}: ${seenRate(actual)}, where ${rate(expected)} are expected${why}${moved}`;
}

/** Scopes that have fallen silent say nothing any more. */
export function hush(record: AttackRecord, now: number): AttackRecord {
  const silent = Object.entries(record.scopes).filter(
    ([, { state, at }]) => state === "ongoing" && Math.abs(now - at) > UNHEARD_MS,
  );
  let next = record;
  for (const [scope, sight] of silent) {
    const scopes = { ...next.scopes, [scope]: { ...sight, state: "unheard" as const } };
    next = note({ ...next, scopes }, "seen", `${scope}: nothing is heard of it any more`, {}, now);
  }
  return next;
}

/** Whether a report is of something new, where nobody sees the attack any more that the record is of. */
export const isOfAnother = ({ state, scopes }: AttackRecord, report: AttackReport): boolean =>
  state === "subsiding" && report.state === "ongoing" && scopes[report.scope]?.report !== report.id;

/** When any scope could last see it; later than it began. */
export function lastSeenAt({ scopes, startedAt }: AttackRecord): number {
  return Math.max(startedAt, ...Object.values(scopes).map(({ at, lastOutAt }) => lastOutAt ?? at));
}

/** The scopes that see it now. */
export const ongoingScopes = ({ scopes }: AttackRecord): string[] =>
  Object.entries(scopes).flatMap(([scope, { state }]) => (state === "ongoing" ? [scope] : []));

/**
 * Takes what all scopes see together: how bad it is, its peak, and who and what explains it. What regions alone see
 * counts while all of the traffic has never shown it.
 */
export function takeView(record: AttackRecord, view: AttackView, now: number): AttackRecord {
  const { severityNow, actual, expected, sigmas } = view;
  const isOfRegions = record.peak.regions.length > 0;
  const isFirstOfAll = view.isOfAll && isOfRegions;
  const counts = view.isOfAll || isOfRegions;
  // What a region saw as its own, all of the traffic shows in its true size.
  const worst = isFirstOfAll ? view.severity : counts ? worse(record.worst, view.severity) : record.worst;
  let next: AttackRecord = { ...record, severity: severityNow ?? "minor", worst, state: "ongoing", endedAt: null };
  if (record.state !== "ongoing") next = note(next, "seen", "it goes on", { actual, expected }, now);
  if (worst !== record.worst) next = note(next, "seen", `it is ${worst} now`, { actual, expected, sigmas }, now);
  const height = isFirstOfAll ? 0 : distanceOf(record, record.peak);
  const distance = distanceOf(record, view);
  if (!counts || distance <= height) return next;
  const isNoted = height > 0 && distance >= PEAK_STEP * height;
  return {
    ...(isNoted ? note(next, "seen", `it grows to ${seenRate(actual)}`, { actual, expected, sigmas }, now) : next),
    peak: { at: now, actual, expected, sigmas, regions: view.regions.slice(0, MAX_SCOPES) },
    explanations: view.explanations.slice(0, MAX_NAMED_EXPLANATIONS),
    culprits: view.culprits.filter(hasMoreThanUsual).slice(0, MAX_NAMED_CULPRITS),
  };
}

const hasMoreThanUsual = ({ perSecond, usualPerSecond }: AttackView["culprits"][number]): boolean =>
  perSecond >= NAMED_FROM_RATE && perSecond >= NAMED_TIMES_USUAL * usualPerSecond;

const distanceOf = (
  { direction }: Pick<AttackRecord, "direction">,
  { actual, expected }: { readonly actual: number; readonly expected: number },
): number => (direction === "flood" ? actual - expected : expected - actual);

export const isWorse = (a: Severity, b: Severity): boolean => severities.indexOf(a) > severities.indexOf(b);
