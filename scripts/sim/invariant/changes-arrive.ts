import { type Connections, DUE_MS } from "../connections.ts";
import type { Invariant } from "../observation.ts";

/** A change that was acknowledged reaches every connected isolate in time. */
export function changesArrive(connections: Connections): Invariant {
  const waiting: { readonly epoch: number; readonly at: number }[] = [];
  return {
    name: "an acknowledged change reaches every connected edge within 3 s",
    see(observation, at) {
      switch (observation.kind) {
        case "acknowledged":
          waiting.push({ epoch: observation.epoch, at });
          return null;
        case "rest": {
          for (let due = waiting[0]; due && due.at + DUE_MS <= at; due = waiting[0]) {
            waiting.shift();
            for (const id of connections.dueSince(due.at)) {
              const held = observation.epochOf(id);
              if (held !== null && held >= due.epoch) continue;
              return `epoch ${due.epoch} was acknowledged ${Math.round(at - due.at)} ms ago, and ${id} holds ${held}`;
            }
          }
          return null;
        }
        default:
          return null;
      }
    },
  };
}
