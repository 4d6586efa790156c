import { EVERYWHERE } from "../../src/shield/mitigation/view.ts";
import type { AttackReply, AttackSummary } from "../../workers/control/schema/attack.ts";
import { columns, printable } from "./columns.ts";
import { roundedFigure } from "./rounded-figures.ts";

/** Attacks as a table for people. */
export function attackColumns(attacks: readonly AttackSummary[]): string {
  const rows = attacks.map(({ id, service, direction, state, startedAt, endedAt, worst, peak, mostLevel, bans }) => [
    id,
    service,
    `${direction}, ${worst}`,
    state,
    startedAt,
    endedAt ?? "-",
    `${rate(peak.actual)}/s, usually ${rate(peak.expected)}/s`,
    mostLevel,
    String(bans),
  ]);
  const headings = ["ATTACK", "SERVICE", "KIND", "STATE", "STARTED", "ENDED", "PEAK", "LEVEL", "BANS"];
  return columns(headings, rows);
}

/** One attack with its timeline. */
export function attackCourse(attack: AttackReply): string {
  const { scopes, explanations, culprits, level, signatures, timeline, leftOut } = attack;
  const parts = [
    attackColumns([attack]),
    ...section(
      ["SEEN BY", "STATE", "AT", "SEVERITY", "NOW", "EXPECTED"],
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
      ["CHANGED", "VALUE", "USUALLY", "NOW", "EXCESS"],
      explanations.map(({ dimension, value, usualShare, share, excess }) => [
        dimension,
        value,
        percent(usualShare),
        percent(share),
        `${rate(excess)}/s`,
      ]),
    ),
    ...section(
      ["CLIENT", "RATE", "USUALLY"],
      culprits.map(({ client, perSecond, usualPerSecond }) => [
        client,
        `${rate(perSecond)}/s`,
        `${rate(usualPerSecond)}/s`,
      ]),
    ),
    ...section(
      ["SIGNATURE", "LEVEL", "LIMIT", "COVERS", "COLLATERAL"],
      signatures.map(({ match, level: own, perSecond, covers, collateral, collateralAtMost }) => [
        matchWords(match),
        level === "observe" ? level : (own ?? level),
        `${rate(perSecond)}/s`,
        percent(covers),
        `${percent(collateral)}, at most ${percent(collateralAtMost)}`,
      ]),
    ),
    ...section(["AT", "", "WHAT"], withGap(timeline, leftOut)),
  ];
  return parts.join("\n\n");
}

/** The events, with a row where some are left out: the middle of a long attack. */
function withGap(timeline: AttackReply["timeline"], leftOut: number): string[][] {
  const rows = timeline.map(({ at, kind, what }) => [at, kind, what]);
  const gap = ["", "", `${leftOut} more events, which are not kept`];
  return leftOut === 0 ? rows : rows.toSpliced(timeline.length / 2, 0, gap);
}

const section = (headings: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  rows.length === 0 ? [] : [columns(headings, rows)];

function matchWords(match: AttackReply["signatures"][number]["match"]): string {
  const parts = Object.entries(match).map(([name, value]) => `${name}=${value}`);
  return parts.length === 0 ? "all requests" : printable(parts.join(" "));
}

const percent = (share: number): string => `${Number((share * 100).toPrecision(3))}%`;
const rate = (perSecond: number): string => String(roundedFigure(perSecond));
