import type { Change } from "../table/change.ts";
import { type Grant, holding, isUnscoped } from "./grant.ts";
import type { Area, Permission } from "./permission.ts";

/** Areas whose writes are changes of the table, which a scope can be held against one by one. */
const SCOPED_AREAS: readonly Area[] = ["table", "weights", "blacklist", "allowlist", "bots"];

/**
 * Whether the grants reach an operation at all. Reading and planning have no scope; a write outside the table has
 * nothing that a scope could be held against, and needs a grant for everything.
 */
export function reaches(grants: readonly Grant[], permission: Permission): boolean {
  const held = holding(grants, permission);
  const [area, action] = permission.split(":");
  if (action === "read" || action === "plan" || SCOPED_AREAS.some((scoped) => scoped === area)) return held.length > 0;
  return held.some(isUnscoped);
}

/** Whether a permission is held for everything, so that no change needs to be looked at. */
export const isHeldEverywhere = (grants: readonly Grant[], permission: Permission): boolean =>
  holding(grants, permission).some(isUnscoped);

/** The changes that no grant with the permission reaches: a region with its backends, or a service. */
export function outOfScope(
  grants: readonly Grant[],
  permission: Permission,
  changes: readonly Change[],
): readonly Change[] {
  const held = holding(grants, permission);
  return changes.filter((change) => !held.some((grant) => isWithin(grant, change)));
}

function isWithin(grant: Grant, { section, id, before, after }: Change): boolean {
  if (isUnscoped(grant)) return true;
  switch (section) {
    case "regions":
      return grant.regions?.includes(id) ?? false;
    case "backends":
      // Moved out of its region or into it, it is a matter of both.
      return [before, after].every((entity) => entity === null || isInRegion(entity, grant.regions ?? []));
    case "services":
      return grant.services?.includes(id) ?? false;
    default:
      return false;
  }
}

const isInRegion = (backend: unknown, regions: readonly string[]) =>
  regions.includes((backend as { readonly region?: string }).region ?? "");
