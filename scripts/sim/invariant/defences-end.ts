import type { Invariant } from "../observation.ts";

/**
 * So long after the last trouble, a service may be defended: an attack is held for 30 s after its last sign, or 15 s
 * where its detector is gone, and then each of three levels takes a minute of calm.
 */
const DUE_MS = 240_000;

/** Nothing is done any more about an attack that is over, in a world that is well. */
export function defencesEnd(): Invariant {
  let troubledAt = 0;
  let lastTrouble = "the start";
  return {
    name: "each defence ends",
    see(observation, at) {
      switch (observation.kind) {
        case "fate":
          troubledAt = at;
          lastTrouble = observation.words;
          return null;
        case "acknowledged":
          troubledAt = at;
          lastTrouble = `the change of epoch ${observation.epoch}`;
          return null;
        case "defended": {
          const { matters } = observation;
          if (matters.length === 0 || at - troubledAt <= DUE_MS) return null;
          const calmSeconds = Math.round((at - troubledAt) / 1000);
          return `${matters.join("; ")}: not over ${calmSeconds} s after the last trouble (${lastTrouble})`;
        }
        default:
          return null;
      }
    },
  };
}
