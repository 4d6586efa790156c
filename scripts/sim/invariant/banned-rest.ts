import { bannedBy } from "../address-lists.ts";
import { type Connections, DUE_MS } from "../connections.ts";
import type { Invariant, IsolateId } from "../observation.ts";
import { KEPT_REQUESTS, type Records } from "../records.ts";

/**
 * A request of an address that is on the blacklist, and not on the allowlist, goes to no backend: by the epoch that it
 * was decided from, and by the one that its isolate must have by now.
 */
export function bannedRest(records: Records, connections: Connections): Invariant {
  const waiting: { readonly epoch: number; readonly at: number }[] = [];
  const dueEpoch = new Map<IsolateId, number>();
  /** Requests that are to be refused, with the reason. */
  const banned = new Map<number, string>();
  return {
    name: "a banned address is never served",
    see(observation, at) {
      switch (observation.kind) {
        case "table":
          waiting.push({ epoch: observation.epoch, at });
          return null;
        case "rest":
          for (let due = waiting[0]; due && due.at + DUE_MS <= at; due = waiting[0]) {
            waiting.shift();
            for (const id of connections.dueSince(due.at)) dueEpoch.set(id, Math.max(due.epoch, dueEpoch.get(id) ?? 0));
          }
          return null;
        case "isolate-ended":
          dueEpoch.delete(observation.isolate);
          return null;
        case "view": {
          if (observation.request === null) return null;
          const errand = records.request(observation.request)?.errand;
          const epoch = Math.max(observation.epoch, dueEpoch.get(observation.isolate) ?? 0);
          const configuration = records.configuration(epoch);
          if (!errand || !configuration) return null;
          const by = bannedBy(configuration, errand.client.address, at + errand.skewMs);
          if (by === null) return null;
          banned.set(errand.number, `${errand.client.name}, whom epoch ${epoch} bans by ${by}`);
          banned.delete(errand.number - KEPT_REQUESTS);
          return null;
        }
        case "try": {
          const evidence = banned.get(observation.request);
          return evidence ? `request ${observation.request} of ${evidence}, went to ${observation.backend}` : null;
        }
        default:
          return null;
      }
    },
  };
}
