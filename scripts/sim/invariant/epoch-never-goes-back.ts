import type { Invariant, IsolateId } from "../observation.ts";

/** What an isolate decides from is never older than what it has decided from before. */
export function epochNeverGoesBack(): Invariant {
  const newest = new Map<IsolateId, number>();
  return {
    name: "the epoch never goes back at an edge",
    see(observation) {
      if (observation.kind !== "view") return null;
      const { isolate, epoch } = observation;
      const before = newest.get(isolate) ?? 0;
      newest.set(isolate, Math.max(before, epoch));
      return epoch < before ? `${isolate} decides from epoch ${epoch}, having decided from ${before}` : null;
    },
  };
}
