import { MAX_ROLES, type Role, rolePermissionsSchema } from "../../auth/role.ts";
import type { RoleStore } from "../../auth/store.ts";

export const listRoles = (db: D1Database) => db.prepare("SELECT name, permissions FROM role ORDER BY name");

/** Takes a row of `listRoles`. */
export function roleOf(row: unknown): Role {
  const { name, permissions } = row as { readonly name: string; readonly permissions: string };
  return { name, permissions: rolePermissionsSchema.parse(JSON.parse(permissions)) };
}

/** Principals that have a role. Takes the role's name. */
const HOLDERS = "SELECT id FROM principal WHERE EXISTS (SELECT 1 FROM json_each(roles) WHERE value->>'role' = ?)";

export function d1Roles(db: D1Database): RoleStore {
  return {
    async list() {
      const { results } = await listRoles(db).all();
      return results.map(roleOf);
    },
    async put({ name, permissions }, now) {
      const kept = JSON.stringify(permissions);
      const [changed, inserted] = await db.batch([
        db.prepare("UPDATE role SET permissions = ?, changed_at = ? WHERE name = ?").bind(kept, now, name),
        db
          .prepare(
            `INSERT INTO role (name, permissions, changed_at) SELECT ?, ?, ?
             WHERE (SELECT count(*) FROM role) < ${MAX_ROLES} ON CONFLICT DO NOTHING`,
          )
          .bind(name, kept, now),
        db.prepare(`DELETE FROM session WHERE principal IN (${HOLDERS})`).bind(name),
      ]);
      if (changed?.meta.changes) return "changed";
      return inserted?.meta.changes ? "created" : "too-many";
    },
    async remove(name) {
      const { meta } = await db
        .prepare(`DELETE FROM role WHERE name = ? AND NOT EXISTS (${HOLDERS})`)
        .bind(name, name)
        .run();
      if (meta.changes > 0) return "removed";
      return (await db.prepare("SELECT 1 FROM role WHERE name = ?").bind(name).first()) ? "in-use" : "absent";
    },
  };
}
