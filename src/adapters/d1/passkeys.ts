import { z } from "zod";
import { type KeptPasskey, MAX_PASSKEYS_PER_PRINCIPAL } from "../../auth/account.ts";
import { MAX_CHALLENGES, type PasskeyStore } from "../../auth/store.ts";

const PASSKEY = "id, principal, name, public_key, counter, transports, created_at, last_used_at";

export function d1Passkeys(db: D1Database): PasskeyStore {
  return {
    async create(passkey) {
      const { meta } = await db
        .prepare(
          `INSERT INTO passkey (${PASSKEY}) SELECT ?, ?, ?, ?, ?, ?, ?, ?
           WHERE (SELECT count(*) FROM passkey WHERE principal = ?) < ${MAX_PASSKEYS_PER_PRINCIPAL}
           ON CONFLICT DO NOTHING`,
        )
        .bind(...toRow(passkey), passkey.principal)
        .run();
      if (meta.changes > 0) return "saved";
      return (await db.prepare("SELECT 1 FROM passkey WHERE id = ?").bind(passkey.id).first()) ? "exists" : "too-many";
    },
    async list(principal) {
      const { results } = await db
        .prepare(`SELECT ${PASSKEY} FROM passkey WHERE principal = ? ORDER BY created_at, id`)
        .bind(principal)
        .all<PasskeyRow>();
      return results.map(passkeyOf);
    },
    async find(id) {
      const row = await db.prepare(`SELECT ${PASSKEY} FROM passkey WHERE id = ?`).bind(id).first<PasskeyRow>();
      return row && passkeyOf(row);
    },
    async noteUse(id, counter, at) {
      await db.prepare("UPDATE passkey SET counter = ?, last_used_at = ? WHERE id = ?").bind(counter, at, id).run();
    },
    async remove(principal, id) {
      const { meta } = await db.prepare("DELETE FROM passkey WHERE principal = ? AND id = ?").bind(principal, id).run();
      return meta.changes > 0;
    },
    async keepChallenge(challenge, principal, expiresAt) {
      await db.batch([
        db
          .prepare("INSERT INTO challenge (challenge, principal, expires_at) VALUES (?, ?, ?)")
          .bind(challenge, principal ?? "", expiresAt),
        db.prepare(
          `DELETE FROM challenge WHERE challenge IN (
             SELECT challenge FROM challenge ORDER BY expires_at DESC, challenge LIMIT -1 OFFSET ${MAX_CHALLENGES})`,
        ),
      ]);
    },
    async takeChallenge(challenge, principal, now) {
      const { meta } = await db
        .prepare("DELETE FROM challenge WHERE challenge = ? AND principal = ? AND expires_at > ?")
        .bind(challenge, principal ?? "", now)
        .run();
      return meta.changes > 0;
    },
  };
}

interface PasskeyRow {
  readonly id: string;
  readonly principal: string;
  readonly name: string;
  readonly public_key: string;
  readonly counter: number;
  readonly transports: string;
  readonly created_at: number;
  readonly last_used_at: number | null;
}

const transportsSchema = z.array(z.string());

const passkeyOf = (row: PasskeyRow): KeptPasskey => ({
  id: row.id,
  principal: row.principal,
  name: row.name,
  publicKey: row.public_key,
  counter: row.counter,
  transports: transportsSchema.parse(JSON.parse(row.transports)),
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
});

const toRow = (passkey: KeptPasskey) => [
  passkey.id,
  passkey.principal,
  passkey.name,
  passkey.publicKey,
  passkey.counter,
  JSON.stringify(passkey.transports),
  passkey.createdAt,
  passkey.lastUsedAt,
];
