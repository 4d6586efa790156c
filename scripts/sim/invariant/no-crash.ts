import type { Invariant } from "../observation.ts";

/** Nodes answer 500 only where they are told to fail, and those answers name the node; the edge's own 500 is a bug. */
export function noCrash(): Invariant {
  return {
    name: "no request crashes the edge",
    see(observation) {
      if (observation.kind !== "crashed") return null;
      return `request ${observation.request} was answered by an internal error`;
    },
  };
}
