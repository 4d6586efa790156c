import type { Failover } from "../table/failover.ts";
import type { RegionEntry } from "../table/snapshot.ts";
import { type Fillable, fill } from "./fill.ts";

/** A region in the order of the policy, with what it can take. */
interface Member extends Fillable {
  readonly entry: RegionEntry;
  /** `null` where it has none, or it does not count. */
  readonly failover: Failover | null;
  /** Regions of one group are equal under the policy. */
  readonly group: number;
}

/** Whether a region takes nobody for now, since its traffic has been moved elsewhere. */
export const isFailedOver = ({ failover }: Pick<RegionEntry, "failover">): boolean => failover?.percent === 0;

/**
 * The parts of the traffic that regions take, in their order. A region that is failed over is due what it would be were
 * it well; of that it keeps its percent, as far as it can take it, and its targets take the rest by their shares. Those
 * that are not among the members (since the client may not go there), cannot take anything, or are failed over
 * themselves do not count; where none is left, what the region does not keep goes on by the policy, as `fill` has it.
 */
export function shareOut(members: readonly Member[]): number[] {
  const parts = members.map(({ failover }) => targetParts(failover, members));
  const shares = fillInGroups(
    members.map((member, i) => {
      const { entry, failover, availability } = member;
      if (failover === null) return member;
      return { ...member, availability: parts[i] === null ? (availability * failover.percent) / 100 : openness(entry) };
    }),
  );
  const divided = [...shares];
  for (const [i, { entry, failover, availability }] of members.entries()) {
    const targets = parts[i];
    if (!targets || failover === null) continue;
    const due = shares[i] as number;
    const kept = ((due * failover.percent) / 100) * Math.min(1, availability / openness(entry));
    divided[i] = kept;
    for (const [at, part] of targets) divided[at] = (divided[at] as number) + (due - kept) * part;
  }
  return divided;
}

/** Weights of regions after their failovers, from those that they have now and those that they would have were they well. */
export function divertWeights(
  members: readonly (Pick<Member, "entry" | "failover" | "due"> & { readonly weight: number })[],
): number[] {
  const able = members.map((member) => ({ ...member, availability: member.weight }));
  const kept = members.map(({ failover, weight }) => (weight * (failover?.percent ?? 100)) / 100);
  const diverted = [...kept];
  for (const [i, { failover, due }] of members.entries()) {
    const rest = due - (kept[i] as number);
    for (const [at, part] of targetParts(failover, able) ?? []) diverted[at] = (diverted[at] as number) + rest * part;
  }
  return diverted;
}

/** The order in which regions are tried: the targets of one that is failed over come in its place. */
export function orderOfTries<T extends { readonly entry: RegionEntry }>(regions: readonly T[]): readonly T[] {
  if (regions.every(({ entry }) => entry.failover === null)) return regions;
  const ordered = new Set<T>();
  for (const region of regions) {
    for (const target of region.entry.failover?.targets ?? []) {
      const standIn = regions.find(({ entry }) => entry.id === target.region);
      if (standIn) ordered.add(standIn);
    }
    ordered.add(region);
  }
  return [...ordered];
}

type Able = Pick<Member, "entry" | "failover" | "availability">;

/** The targets of a region by their places among the members, their parts summing to 1; `null` where there is none. */
function targetParts(failover: Failover | null, members: readonly Able[]): [at: number, part: number][] | null {
  if (failover === null) return null;
  const able = failover.targets.flatMap(({ region, share }): [number, number][] => {
    const at = members.findIndex(({ entry }) => entry.id === region);
    const target = members[at];
    return target && target.availability > 0 && target.failover === null ? [[at, share]] : [];
  });
  const total = able.reduce((sum, [, share]) => sum + share, 0);
  return total > 0 ? able.map(([at, share]) => [at, share / total]) : null;
}

/** The part of its due that a region takes when all of it is well. */
const openness = ({ region }: RegionEntry): number => region.dialPercent / 100;

function fillInGroups(members: readonly Member[]): number[] {
  const groups: Member[][] = [];
  for (const member of members) {
    const last = groups.at(-1);
    if (last?.[0]?.group === member.group) last.push(member);
    else groups.push([member]);
  }
  return fill(groups).flat();
}
