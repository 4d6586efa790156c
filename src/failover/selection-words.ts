import type { RegionLoad } from "./plan.ts";
import { MAX_USE, type SelectionRefusal } from "./select.ts";

/** Regions that are named at most. */
const MAX_NAMED = 8;

/** Why there is no target, for people, with the numbers. */
export function selectionWords(refusal: SelectionRefusal): string {
  switch (refusal.kind) {
    case "unknown-region":
      return `there is no region ${refusal.region}`;
    case "unfit-target":
      return `${refusal.region} cannot be the target: ${refusal.reason}`;
    case "no-target":
      return `no region can take its traffic: ${named(refusal.candidates.map((each) => `${each.region}: ${each.refusal}`))}`;
    case "no-capacity": {
      const full = refusal.plan.regions.filter(isTooFull);
      return `its traffic would fill ${named(full.map(fullness))}; at most ${percent(MAX_USE)} is allowed`;
    }
  }
}

const isTooFull = ({ before, after }: RegionLoad): boolean => after.share > before.share && (after.use ?? 0) > MAX_USE;

const fullness = ({ region, before, after }: RegionLoad): string =>
  `${region} to ${percent(after.use ?? 0)} from ${percent(before.use ?? 0)}`;

function named(all: readonly string[]): string {
  const more = all.length - MAX_NAMED;
  return `${all.slice(0, MAX_NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

const percent = (part: number): string => `${Math.round(part * 100)} %`;
