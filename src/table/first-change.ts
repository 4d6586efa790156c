import { isObject } from "./merge-patch.ts";

/** A limit for each client, as a table has it that nobody has said anything about limits to. */
export const defaultLimits = { "per-client": { rate: 10_000, burst: 1000, banAfterSeconds: 3 } };

/**
 * The first change of an empty table brings the default limits with it, but for those that it names itself (`null` declines
 * one): a new deployment is not without. From then on they are entities like any other, changed and removed alike.
 */
export function withDefaults(patch: unknown): unknown {
  if (!isObject(patch) || Object.keys(patch).length === 0) return patch;
  const { limits = {} } = patch;
  return isObject(limits) ? { ...patch, limits: { ...defaultLimits, ...limits } } : patch;
}
