import { covers } from "../../../src/auth/grant.ts";
import { isStandardRole, type Role, roleNameSchema, standardRoles } from "../../../src/auth/role.ts";
import { err, ok, type Result } from "../../../src/base/result.ts";
import type { Change } from "../../../src/table/change.ts";
import { ask } from "../auth/manage.ts";
import { validate } from "../field-errors.ts";
import { pageById } from "../page.ts";
import type { Refusal } from "../refusal.ts";
import { type Call, type Route, route } from "../route.ts";
import { pageQuerySchema, pageSchema } from "../schema/page.ts";
import { newRoleSchema, type RoleReply, roleSchema } from "../schema/role.ts";

export const roleRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/roles",
    permission: "roles:read",
    summary: "The roles, by name",
    query: pageQuerySchema,
    reply: pageSchema(roleSchema),
    async handle(call) {
      const made = await ask(call, () => call.deps.auth.roles.list());
      if (!made.ok) return made;
      const roles = [...standardRoles, ...made.value].map((role) => [role.name, toReply(role)] as const);
      const page = pageById(roles, call.query);
      return page.ok
        ? ok({ status: 200, body: { ...page.value, items: page.value.items.map(([, role]) => role) } })
        : page;
    },
  }),
  route({
    method: "PUT",
    path: "/roles/:name",
    permission: "roles:write",
    stepUp: true,
    summary: "Make a role or replace it; sessions of who has it end",
    body: newRoleSchema,
    reply: roleSchema,
    statuses: [200, 201],
    refusals: ["standard-role", "exceeds-grants", "full"],
    async handle(call) {
      const name = validate(roleNameSchema, call.param("name"));
      if (!name.ok) return name;
      if (isStandardRole(name.value)) return err({ kind: "standard-role" });
      const { permissions } = call.body;
      const role = { name: name.value, permissions };
      const before = await find(call, role.name);
      if (!before.ok) return before;
      const concerned = before.value === null ? [role] : [before.value, role];
      if (!concerned.every((each) => covers(call.principal.grants, [{ ...each, regions: null, services: null }])))
        return err({ kind: "exceeds-grants" });
      const put = await ask(call, () => call.deps.auth.roles.put(role, call.deps.now()));
      if (!put.ok) return put;
      if (put.value === "too-many") return err({ kind: "full", what: "roles" });
      const changes = [toChange(before.value, role)];
      return ok({ status: put.value === "created" ? 201 : 200, body: toReply(role), changes });
    },
  }),
  route({
    method: "DELETE",
    path: "/roles/:name",
    permission: "roles:write",
    stepUp: true,
    summary: "Delete a role that nobody has",
    reply: null,
    refusals: ["standard-role", "absent", "role-in-use"],
    async handle(call) {
      const name = call.param("name");
      if (isStandardRole(name)) return err({ kind: "standard-role" });
      const before = await find(call, name);
      if (!before.ok) return before;
      const removed = await ask(call, () => call.deps.auth.roles.remove(name));
      if (!removed.ok) return removed;
      switch (removed.value) {
        case "removed":
          return ok({ status: 204, changes: [toChange(before.value, null)] });
        case "absent":
          return err({ kind: "absent", what: `roles/${name}` });
        case "in-use":
          return err({ kind: "role-in-use" });
      }
    },
  }),
];

/** A role that was made; `null` where there is none of the name. */
async function find(call: Call, name: string): Promise<Result<Role | null, Refusal>> {
  const made = await ask(call, () => call.deps.auth.roles.list());
  return made.ok ? ok(made.value.find((role) => role.name === name) ?? null) : made;
}

const toReply = ({ name, permissions }: Role): RoleReply => ({
  name,
  permissions: [...permissions],
  isStandard: isStandardRole(name),
});

const toChange = (before: Role | null, after: Role | null): Change => ({
  section: "roles",
  id: (after ?? before)?.name ?? "",
  before,
  after,
});
