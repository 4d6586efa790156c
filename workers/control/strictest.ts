import type { ChosenSignature } from "../../src/shield/mitigation/attack-record.ts";
import { defenceLevels } from "../../src/table/defence.ts";
import { sameJson } from "../../src/table/merge-patch.ts";
import { isMilder } from "./level-in-force.ts";
import type { MitigationReply, ShieldStatusReply } from "./schema/mitigation.ts";

type Strictest = NonNullable<ShieldStatusReply["services"][number]["strictest"]>;

/** What of an automatic defence meets requests by the most, and of those of one level most of the usual ones. */
export function strictestOf(
  { mode, most, automatic }: MitigationReply,
  chosen: readonly ChosenSignature[],
): Strictest | null {
  if (mode !== "auto" || most === "observe" || automatic === null) return null;
  // One with a level of its own rests where at most something milder may be done (`findSignature`).
  const active = automatic.signatures.filter(({ level: own }) => own === undefined || !isMilder(most, own));
  const met = active.map(({ match, level: own = automatic.level }): Strictest => {
    const collateral = chosen.find((each) => sameJson(each.match, match))?.collateral ?? null;
    return { match, level: isMilder(most, own) ? most : own, collateral };
  });
  const strictness = ({ level, collateral }: Strictest) => defenceLevels.indexOf(level) + (collateral ?? 0) / 2;
  return met.sort((a, b) => strictness(b) - strictness(a))[0] ?? null;
}
