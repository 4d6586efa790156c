import type { Exchange } from "../network.ts";
import type { Invariant, IsolateId } from "../observation.ts";
import type { Records } from "../records.ts";

const LIMIT = "per-client";
const OWNERS = "RATE_LIMITER/";
const SECOND_MS = 1000;
/** What is lent before it has come (`Lender`): so many seconds of the rate, besides the burst. */
const LENT_AHEAD_S = 0.6;
/** An isolate lets so small a part of a limit pass by itself, and one request at least. */
const QUIET_PART = 20;
/** An owner that answers later may be taken for one that is out of reach; what was done about it ends so much later. */
const SLOW_MS = 250;
const TROUBLE_MS = 5000;
/** Admissions of one client that are remembered. */
const MAX_ADMISSIONS = 1000;

interface Policy {
  readonly rate: number;
  readonly burst: number;
}

interface Admission {
  readonly at: number;
  readonly isolate: IsolateId;
}

/**
 * Whatever messages do, all edges together admit of one client in a second no more than the limit, what the owner of its
 * bucket may lend ahead, and what each of them may let pass unasked. While the owner cannot be reached, each may have
 * the whole limit besides, as it may be the only one that it has heard of; and an owner that restarts begins anew.
 */
export function limitsHold(records: Records): Invariant {
  const admissions = new Map<string, Admission[]>();
  const open = new Map<Exchange, string>();
  const troubledAt = new Map<string, number>();
  return {
    name: "all edges together keep a limit",
    see(observation, at) {
      switch (observation.kind) {
        case "asked":
        case "told": {
          const { exchange } = observation;
          const { name } = exchange.to;
          if (!name.startsWith(OWNERS)) return null;
          const client = name.slice(name.lastIndexOf(":") + 1);
          if (observation.kind === "asked") open.set(exchange, client);
          else {
            open.delete(exchange);
            if (!observation.answered || at - exchange.startedAt > SLOW_MS) troubledAt.set(client, at);
          }
          return null;
        }
        case "restarted":
          if (observation.object.startsWith(OWNERS))
            troubledAt.set(observation.object.slice(observation.object.lastIndexOf(":") + 1), at);
          return null;
        case "try": {
          const known = records.request(observation.request);
          const policy = known?.view?.configuration.limits?.[LIMIT] as Policy | undefined;
          if (!known || !policy || known.tries.length > 1) return null;
          const { address } = known.errand.client;
          const before = (admissions.get(address) ?? []).filter((each) => at - each.at < SECOND_MS);
          const admitted = [...before.slice(-MAX_ADMISSIONS), { at, isolate: known.errand.isolate }];
          admissions.set(address, admitted);
          const waits = [...open].some(([{ startedAt }, client]) => client === address && at - startedAt > SLOW_MS);
          const isTroubled = waits || at - (troubledAt.get(address) ?? Number.NEGATIVE_INFINITY) <= TROUBLE_MS;
          const edges = new Set(admitted.map(({ isolate }) => isolate)).size;
          const most = bound(policy, edges, isTroubled);
          if (admitted.length <= most) return null;
          const owner = isTroubled ? "with trouble reaching the owner of its bucket" : "without any trouble";
          return (
            `${edges} edges admitted ${admitted.length} requests of ${known.errand.client.name} within a second, ` +
            `${owner}; the limit of ${policy.rate} allows ${most}`
          );
        }
        default:
          return null;
      }
    },
  };
}

function bound({ rate, burst }: Policy, edges: number, isTroubled: boolean): number {
  const lent = burst + LENT_AHEAD_S * rate;
  const unasked = Math.max(1, Math.floor(burst / QUIET_PART)) + rate / QUIET_PART;
  const alone = isTroubled ? lent + edges * (rate + burst) : 0;
  return Math.ceil(rate * 1.02 + lent + edges * unasked + alone);
}
