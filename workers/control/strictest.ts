import type { ChosenSignature } from "../../src/shield/mitigation/attack-record.ts";
import { defenceLevels, milderOf, rests } from "../../src/table/defence.ts";
import { sameJson } from "../../src/table/merge-patch.ts";
import type { MitigationReply, ShieldStatusReply } from "./schema/mitigation.ts";

type Strictest = NonNullable<ShieldStatusReply["services"][number]["strictest"]>;

/** What of an automatic defence meets requests by the most, and of those of one level most of the usual ones. */
export function strictestOf(
  { mode, most, automatic }: MitigationReply,
  chosen: readonly ChosenSignature[],
): Strictest | null {
  if (mode !== "auto" || most === "observe" || automatic === null) return null;
  const active = automatic.signatures.filter((signature) => !rests(signature, most));
  const met = active.map(({ match, level: own = automatic.level }): Strictest => {
    const collateral = chosen.find((each) => sameJson(each.match, match))?.collateral ?? null;
    return { match, level: milderOf(own, most), collateral };
  });
  const strictness = ({ level, collateral }: Strictest) => defenceLevels.indexOf(level) + (collateral ?? 0) / 2;
  return met.sort((a, b) => strictness(b) - strictness(a))[0] ?? null;
}
