import { isObject } from "../../src/table/merge-patch.ts";

type JsonObject = Readonly<Record<string, unknown>>;

/** The JSON merge patch (RFC 7396) that turns one object into another: what the other lacks is removed. */
export function replacing(before: JsonObject, after: JsonObject): JsonObject {
  const removed = Object.keys(before).filter((key) => after[key] === undefined);
  const kept = Object.entries(after).filter(([, value]) => value !== undefined);
  return Object.fromEntries([
    ...removed.map((key) => [key, null]),
    ...kept.map(([key, value]) => {
      const old = before[key];
      return [key, isObject(old) && isObject(value) ? replacing(old, value) : value];
    }),
  ]);
}
