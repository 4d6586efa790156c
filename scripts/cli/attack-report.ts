import { REPORT_SECONDS } from "../../src/shield/attack.ts";
import { EVERYWHERE } from "../../src/shield/mitigation/view.ts";
import type { AttackReply, AttackSummary } from "../../workers/control/schema/attack.ts";
import { columns, printable } from "./columns.ts";
import { roundedFigure } from "./rounded-figures.ts";

/** Attacks as a table for people. */
export function attackColumns(attacks: readonly AttackSummary[]): string {
  const rows = attacks.map((attack) => [
    attack.id,
    attack.service,
    `${attack.direction}, ${attack.worst}`,
    attack.state,
    attack.startedAt,
    attack.endedAt ?? "-",
    peakWords(attack.peak),
    attack.level,
    attack.mostLevel,
    String(attack.bans),
  ]);
  const headings = ["ATTACK", "SERVICE", "KIND", "STATE", "STARTED", "ENDED", "PEAK", "LEVEL", "HIGHEST", "BANS"];
  return columns(headings, rows);
}

/** One attack with its timeline. */
export function attackCourse(attack: AttackReply): string {
  const { scopes, explanations, culprits, timeline, leftOut } = attack;
  const parts = [
    attackColumns([attack]),
    ...section(
      ["SEEN BY", "STATE", "LAST HEARD", "WORST", "THEN", "EXPECTED"],
      Object.entries(scopes).map(([scope, { state, at, severity, actual, expected }]) => [
        scope === EVERYWHERE ? "all traffic" : scope,
        state,
        at,
        severity,
        `${rate(actual)}/s`,
        `${rate(expected)}/s`,
      ]),
    ),
    ...section(
      ["CHANGED", "VALUE", "USUALLY", "AT THE PEAK", "EXCESS THEN"],
      explanations.map(({ dimension, value, usualShare, share, excess }) => [
        dimension,
        value,
        percent(usualShare),
        percent(share),
        `${rate(excess)}/s`,
      ]),
    ),
    ...section(
      ["CLIENT", "AT THE PEAK", "AT MOST BEFORE"],
      culprits.map(({ client, perSecond, usualPerSecond }) => [
        client,
        `${rate(perSecond)}/s`,
        `${rate(usualPerSecond)}/s`,
      ]),
    ),
    ...section(
      ["SIGNATURE", "LEVEL", "LIMIT", "COVERS", "COLLATERAL"],
      signaturesOf(attack).map(({ match, level, perSecond, covers, collateral, collateralAtMost }) => [
        matchWords(match),
        level,
        `${rate(perSecond)}/s`,
        percent(covers),
        `${percent(collateral)}, at most ${percent(collateralAtMost)}`,
      ]),
    ),
    ...section(["AT", "", "WHAT"], withGap(timeline, leftOut)),
  ];
  return parts.join("\n\n");
}

function peakWords({ actual, expected, regions }: AttackSummary["peak"]): string {
  const where = regions.length === 0 ? "" : ` in ${regions.join(", ")}`;
  return printable(`${rate(actual)}/s over ${REPORT_SECONDS} s${where}, usually ${rate(expected)}/s`);
}

/** Those that stand, with what is done about each, and those that covered the attack best where they stand no more. */
function signaturesOf({ level, signatures, best }: AttackReply) {
  const keys = new Set(signatures.map(({ match }) => matchWords(match)));
  const gone = (best?.signatures ?? []).filter(({ match }) => !keys.has(matchWords(match)));
  return [
    ...signatures.map((each) => ({ ...each, level: level === "observe" ? level : (each.level ?? level) })),
    ...gone.map((each) => ({ ...each, level: "none any more" })),
  ];
}

/** The events, with a row where some are left out: the middle of a long attack. */
function withGap(timeline: AttackReply["timeline"], leftOut: number): string[][] {
  const rows = timeline.map(({ at, kind, what }) => [at, kind, what]);
  const gap = ["", "", `${leftOut} more events, which are not kept`];
  return leftOut === 0 ? rows : rows.toSpliced(timeline.length / 2, 0, gap);
}

const section = (headings: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  rows.length === 0 ? [] : [columns(headings, rows)];

export function matchWords(match: AttackReply["signatures"][number]["match"]): string {
  const parts = Object.entries(match).map(([name, value]) => `${name}=${value}`);
  return parts.length === 0 ? "all requests" : printable(parts.join(" "));
}

export const percent = (share: number): string => `${Number((share * 100).toPrecision(3))}%`;
/** To hundredths below 1: what is less is next to nothing. */
export const rate = (perSecond: number): string =>
  String(Math.abs(perSecond) < 1 ? Number(perSecond.toFixed(2)) : roundedFigure(perSecond));
