import { matches, meet, type Permission, type PermissionPattern } from "./permission.ts";

/** What somebody may do, and to what. */
export interface Grant {
  readonly permissions: readonly PermissionPattern[];
  /** Ids of regions, each with its backends; `null` names none. */
  readonly regions: readonly string[] | null;
  /** Ids of services; `null` names none. A grant that names neither regions nor services holds for everything. */
  readonly services: readonly string[] | null;
}

/** Those grants that hold a permission, wherever. None is a refusal: what is not granted is denied. */
export const holding = (grants: readonly Grant[], permission: Permission): readonly Grant[] =>
  grants.filter((grant) => grant.permissions.some((pattern) => matches(pattern, permission)));

export const isUnscoped = ({ regions, services }: Grant): boolean => regions === null && services === null;

/** The grants as far as `limit` allows, as when a token may do less than the machine that it belongs to. */
export function narrow(grants: readonly Grant[], limit: Grant): readonly Grant[] {
  return grants.flatMap((grant) => {
    const permissions = grant.permissions.flatMap((a) => limit.permissions.flatMap((b) => meet(a, b) ?? []));
    const scope = narrowScope(grant, limit);
    return permissions.length === 0 || scope === null ? [] : [{ permissions: [...new Set(permissions)], ...scope }];
  });
}

/** `null` where nothing is left. */
function narrowScope(a: Grant, b: Grant): Pick<Grant, "regions" | "services"> | null {
  if (isUnscoped(a)) return { regions: b.regions, services: b.services };
  if (isUnscoped(b)) return { regions: a.regions, services: a.services };
  const regions = common(a.regions, b.regions);
  const services = common(a.services, b.services);
  return regions === null && services === null ? null : { regions, services };
}

function common(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  const shared = a?.filter((id) => b?.includes(id)) ?? [];
  return shared.length > 0 ? shared : null;
}

/** Whether all that is wanted is held already: nobody gives what they do not have. */
export function covers(held: readonly Grant[], wanted: readonly Grant[]): boolean {
  return wanted.every((grant) =>
    grant.permissions.every((pattern) =>
      held.some((own) => own.permissions.some((other) => meet(other, pattern) === pattern) && coversScope(own, grant)),
    ),
  );
}

function coversScope(own: Grant, wanted: Grant): boolean {
  if (isUnscoped(own)) return true;
  if (isUnscoped(wanted)) return false;
  const within = (ids: readonly string[] | null, all: readonly string[] | null) =>
    (ids ?? []).every((id) => all?.includes(id));
  return within(wanted.regions, own.regions) && within(wanted.services, own.services);
}
