import { isDeepStrictEqual } from "node:util";
import type { ListedNetwork } from "../address-lists.ts";
import type { Configuration } from "../configuration.ts";
import type { Invariant } from "../observation.ts";

/** A clock that was set back between two readings of an address rule's end may be wrong by as much. */
const MAX_CLOCK_MS = 5000;
/** A rollback to an older epoch is not judged: a run of days has more than memory should hold. */
const KEPT_EPOCHS = 5000;

/**
 * The configuration of an epoch is what it was when the epoch was new: after restarts, and restored by a rollback,
 * but for address rules that have ended since, and for bans of the shield: those that stand stay, and none returns.
 */
export function rollbackIsExact(): Invariant {
  const byEpoch = new Map<number, Configuration>();
  return {
    name: "a rolled-back table is restored exactly",
    see(observation) {
      if (observation.kind === "table") {
        const { epoch, configuration } = observation;
        const before = byEpoch.get(epoch);
        byEpoch.set(epoch, configuration);
        byEpoch.delete(epoch - KEPT_EPOCHS);
        const difference =
          before &&
          firstDifference(
            before,
            configuration,
            () => false,
            () => false,
          );
        return difference ? `epoch ${epoch} is no longer what it was: ${difference}` : null;
      }
      if (observation.kind !== "rolled-back") return null;
      const { to, before, configuration, tableNow } = observation;
      const wanted = byEpoch.get(to);
      if (!wanted) return null;
      const mayBeMissing = ({ expiresAt, ban }: ListedNetwork) =>
        ban !== undefined || (expiresAt !== null && expiresAt <= tableNow + MAX_CLOCK_MS);
      const mayStay = (id: string, rule: ListedNetwork) =>
        rule.ban !== undefined && isDeepStrictEqual(rule, before.blacklist?.[id]);
      const difference = firstDifference(wanted, configuration, mayBeMissing, mayStay);
      return difference ? `a rollback to epoch ${to} did not restore ${difference}` : null;
    },
  };
}

function firstDifference(
  wanted: Configuration,
  found: Configuration,
  mayBeMissing: (rule: ListedNetwork) => boolean,
  mayStay: (id: string, rule: ListedNetwork) => boolean,
): string | null {
  for (const section of Object.keys(wanted)) {
    const own = wanted[section] ?? {};
    const isAddresses = section === "blacklist" || section === "allowlist";
    for (const id of new Set([...Object.keys(own), ...Object.keys(found[section] ?? {})])) {
      const before = own[id] ?? null;
      const after = found[section]?.[id] ?? null;
      if (isDeepStrictEqual(before, after)) continue;
      if (isAddresses && after === null && mayBeMissing(before as ListedNetwork)) continue;
      if (isAddresses && after !== null && mayStay(id, after as ListedNetwork)) continue;
      return `${section}/${id}: was ${JSON.stringify(before)}, is ${JSON.stringify(after)}`;
    }
  }
  return null;
}
