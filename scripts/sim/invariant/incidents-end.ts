import type { Invariant } from "../observation.ts";

/**
 * So long after the last fault and the last change, a failure may last. Flap damping holds a region for 300 s at most;
 * it has then to be healthy for 60 s, and for as long as the run's hold-down and ramp.
 */
const DUE_MS = 400_000;

/** What is known to have failed does not stay so in a world that is well again. */
export function incidentsEnd(): Invariant {
  let troubledAt = 0;
  let lastTrouble = "the start";
  return {
    name: "each incident ends",
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
        case "unsettled": {
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
