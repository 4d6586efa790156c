import { serviceOf } from "../configuration.ts";
import type { Invariant } from "../observation.ts";
import type { Records } from "../records.ts";

/** The budget forgets in parts of a second: what is 9 s old it certainly remembers, what is 10 s old no more. */
const REMEMBERED_MS = 9000;
const FORGOTTEN_MS = 10_000;
/** 10 a second are always allowed. */
const ALWAYS_ALLOWED = 100;

/** By a count of what went out on the network: retries of a service at an isolate against its requests. */
export function retriesInBudget(records: Records): Invariant {
  const requests = new Map<string, number[]>();
  const retries = new Map<string, number[]>();
  return {
    name: "retries stay within their budget",
    see(observation, at) {
      if (observation.kind !== "try") return null;
      const known = records.request(observation.request);
      if (!known?.view) return null;
      const { isolate, service } = known.errand;
      const key = `${isolate} ${service}`;
      const isRetry = known.tries.length > 1;
      const counts = isRetry ? retries : requests;
      const times = recent(counts.get(key) ?? [], at, FORGOTTEN_MS);
      counts.set(key, [...times, at]);
      if (!isRetry) return null;
      const percent = serviceOf(known.view.configuration, service)?.retryBudgetPercent ?? 0;
      const made = recent(retries.get(key) ?? [], at, REMEMBERED_MS).length;
      const asked = recent(requests.get(key) ?? [], at, FORGOTTEN_MS + 1).length;
      const allowed = (asked * percent) / 100 + ALWAYS_ALLOWED;
      // The last one may take what is left of a whole.
      if (made <= allowed + 1) return null;
      return `${isolate} made ${made} retries for service ${service} within 9 s; ${asked} requests allow ${allowed}`;
    },
  };
}

const recent = (times: readonly number[], now: number, withinMs: number): readonly number[] =>
  times.filter((time) => now - time <= withinMs);
