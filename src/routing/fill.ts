/** A region that can take a part of the traffic. */
export interface Fillable {
  /** Its due among equals, in any unit. */
  readonly due: number;
  /** The part of its due that it can take now, 0 to 1. */
  readonly availability: number;
}

/**
 * Fills groups of equal regions in order: the first group takes all the traffic that it can, the next what is
 * left, as Google Cloud's load balancer fills the nearest region and spills to the next. Within a group regions
 * share by due times availability; one that can take nothing leaves its due to its equals, which are as near, and whose
 * load sheds what is too much. What no group can take is spread over all in proportion, so the shares sum to 1 unless
 * every availability is 0.
 */
export function fill(groups: readonly (readonly Fillable[])[]): number[][] {
  let left = 1;
  const shares = groups.map((group) => {
    const due = group.reduce((sum, member) => sum + (member.availability > 0 ? member.due : 0), 0);
    const able = group.reduce((sum, member) => sum + member.due * member.availability, 0);
    const taken = due > 0 ? left * Math.min(1, able / due) : 0;
    left -= taken;
    return group.map((member) => (able > 0 ? (taken * member.due * member.availability) / able : 0));
  });
  const placed = 1 - left;
  return placed > 0 && left > 1e-12 ? shares.map((group) => group.map((share) => share / placed)) : shares;
}
