/** JSON merge patch (RFC 7396, section 2). Neither argument is changed. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    // Not JSON, though RPC can carry it: no statement about the member.
    else if (value !== undefined) merged.set(name, mergePatch(merged.get(name), value));
  }
  // Defines members rather than assigns them, so `__proto__` is a member like any other.
  return Object.fromEntries(merged);
}

/**
 * One patch that does what two do, one after the other. Where the first removes what the second then writes to, the
 * second alone counts: no merge patch says both.
 */
export function composePatches(first: unknown, second: unknown): unknown {
  if (!isObject(first) || !isObject(second)) return second;
  const composed = new Map(Object.entries(first));
  for (const [name, value] of Object.entries(second)) composed.set(name, composePatches(composed.get(name), value));
  return Object.fromEntries(composed);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether two JSON values are equal; the order of members does not count. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((value, index) => sameJson(value, b[index]));
  if (!isObject(a) || !isObject(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && sameJson(a[name], b[name]))
  );
}
