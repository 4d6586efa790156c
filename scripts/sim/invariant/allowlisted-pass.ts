import { covers, isAllowed, listOf } from "../address-lists.ts";
import type { Configuration } from "../configuration.ts";
import type { Invariant } from "../observation.ts";
import type { Records } from "../records.ts";

const FORBIDDEN = 403;

/**
 * Who is on the allowlist is refused by no edge that knows it, whoever bans what: an operator who bans the network that
 * they are in, or the shield, which makes no ban that holds one of them. Rate limits are for them too.
 */
export function allowlistedPass(records: Records): Invariant {
  let before: Configuration = {};
  return {
    name: "the allowlist is never banned",
    see(observation, at) {
      switch (observation.kind) {
        case "table": {
          const { configuration, epoch } = observation;
          const last = before;
          before = configuration;
          const hit = newBans(last, configuration).find((cidr) => holdsAllowed(last, cidr, at));
          return hit === undefined ? null : `the ban of ${hit} at epoch ${epoch} holds an address of the allowlist`;
        }
        case "answered": {
          if (observation.status !== FORBIDDEN || !observation.isOwn) return null;
          const known = records.request(observation.request);
          if (!known?.view) return null;
          const { client, skewMs, number } = known.errand;
          if (!isAllowed(known.view.configuration, client.address, at + skewMs)) return null;
          return `request ${number} of ${client.name}, whom epoch ${known.view.epoch} allows, was answered 403`;
        }
        default:
          return null;
      }
    },
  };
}

/** Networks that the shield has banned since; a rollback may bring an operator's back, and none of its own. */
const newBans = (before: Configuration, now: Configuration): readonly string[] =>
  listOf(now, "blacklist")
    .filter(([cidr, { ban }]) => ban !== undefined && !(cidr in (before.blacklist ?? {})))
    .map(([cidr]) => cidr);

const holdsAllowed = (configuration: Configuration, ban: string, now: number): boolean =>
  listOf(configuration, "allowlist").some(([cidr, { expiresAt }]) => {
    const isOver = expiresAt !== null && expiresAt < now;
    return !isOver && (covers(ban, addressOf(cidr)) || covers(cidr, addressOf(ban)));
  });

const addressOf = (cidr: string): string => cidr.slice(0, cidr.indexOf("/"));
