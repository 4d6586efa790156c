import type { NetworkStore } from "../../auth/store.ts";

export function d1Networks(db: D1Database): NetworkStore {
  return {
    async read() {
      const { results } = await db.prepare("SELECT cidr FROM control_network ORDER BY cidr").all<{ cidr: string }>();
      return results.map(({ cidr }) => cidr);
    },
    async write(networks) {
      await db.batch([
        db.prepare("DELETE FROM control_network"),
        db
          .prepare(
            "INSERT INTO control_network (cidr) SELECT value FROM json_each(?) WHERE true ON CONFLICT DO NOTHING",
          )
          .bind(JSON.stringify(networks)),
      ]);
    },
  };
}
