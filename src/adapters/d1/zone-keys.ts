import { type KeptZone, type KeyStore, readKeys, writeKeys } from "../../dns/dnssec/key-store.ts";
import type { Name } from "../../dns/name.ts";

export function d1ZoneKeys(db: D1Database): KeyStore {
  return {
    async all() {
      const { results } = await db.prepare("SELECT zone, generation, keys FROM dnssec_zone").all<ZoneRow>();
      return results.map(zoneOf);
    },
    async find(zone) {
      const row = await db
        .prepare("SELECT zone, generation, keys FROM dnssec_zone WHERE zone = ?")
        .bind(zone)
        .first<ZoneRow>();
      return row === null ? { zone, generation: 0, keys: [] } : zoneOf(row);
    },
    async replace({ zone, generation }, keys) {
      const { meta } = await db
        .prepare(
          `INSERT INTO dnssec_zone (zone, generation, keys) SELECT ?1, 1, ?3 WHERE ?2 = 0
           UNION ALL SELECT ?1, ?2 + 1, ?3 FROM dnssec_zone WHERE zone = ?1 AND generation = ?2
           ON CONFLICT (zone) DO UPDATE SET generation = excluded.generation, keys = excluded.keys
           WHERE generation + 1 = excluded.generation`,
        )
        .bind(zone, generation, writeKeys(keys))
        .run();
      return meta.changes > 0;
    },
  };
}

interface ZoneRow {
  readonly zone: string;
  readonly generation: number;
  readonly keys: string;
}

const zoneOf = ({ zone, generation, keys }: ZoneRow): KeptZone => ({
  zone: zone as Name,
  generation,
  keys: readKeys(keys),
});
