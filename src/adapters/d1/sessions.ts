import { type KeptSession, MAX_SESSIONS_PER_PRINCIPAL } from "../../auth/account.ts";
import type { SessionStore } from "../../auth/store.ts";
import { type AccountRow, accountOf } from "./accounts.ts";
import { listRoles, roleOf } from "./roles.ts";

const SESSION = "id, principal, transport, created_at, expires_at, ends_at, second_factor_at";

export function d1Sessions(db: D1Database): SessionStore {
  return {
    async create(session, hash) {
      const { principal, createdAt } = session;
      await db.batch([
        db.prepare("DELETE FROM session WHERE expires_at <= ?").bind(createdAt),
        db
          .prepare(
            `DELETE FROM session WHERE id IN (
               SELECT id FROM session WHERE principal = ? ORDER BY created_at DESC, id
               LIMIT -1 OFFSET ${MAX_SESSIONS_PER_PRINCIPAL - 1})`,
          )
          .bind(principal),
        db
          .prepare(`INSERT INTO session (${SESSION}, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
          .bind(...toRow(session), hash),
      ]);
    },
    async find(hash, now) {
      const [sessions, accounts, roles] = await db.batch([
        db.prepare(`SELECT ${SESSION} FROM session WHERE hash = ? AND expires_at > ?`).bind(hash, now),
        db.prepare("SELECT * FROM principal WHERE id = (SELECT principal FROM session WHERE hash = ?)").bind(hash),
        listRoles(db),
      ]);
      const session = sessions?.results[0] as SessionRow | undefined;
      const account = accounts?.results[0] as AccountRow | undefined;
      if (!session || !account) return null;
      return {
        kind: "session",
        session: sessionOf(session),
        account: accountOf(account),
        roles: (roles?.results ?? []).map(roleOf),
      };
    },
    async read(id) {
      const row = await db.prepare(`SELECT ${SESSION} FROM session WHERE id = ?`).bind(id).first<SessionRow>();
      return row && sessionOf(row);
    },
    async list({ limit, after }, now) {
      const { results } = await db
        .prepare(`SELECT ${SESSION} FROM session WHERE id > ? AND expires_at > ? ORDER BY id LIMIT ?`)
        .bind(after ?? "", now, limit)
        .all<SessionRow>();
      return results.map(sessionOf);
    },
    async extend(id, expiresAt) {
      await db.prepare("UPDATE session SET expires_at = ? WHERE id = ?").bind(expiresAt, id).run();
    },
    async useSecondFactor(id, at) {
      await db.prepare("UPDATE session SET second_factor_at = ? WHERE id = ?").bind(at, id).run();
    },
    async remove(id) {
      const { meta } = await db.prepare("DELETE FROM session WHERE id = ?").bind(id).run();
      return meta.changes > 0;
    },
  };
}

interface SessionRow {
  readonly id: string;
  readonly principal: string;
  readonly transport: string;
  readonly created_at: number;
  readonly expires_at: number;
  readonly ends_at: number;
  readonly second_factor_at: number | null;
}

const sessionOf = (row: SessionRow): KeptSession => ({
  id: row.id,
  principal: row.principal,
  transport: row.transport === "cookie" ? "cookie" : "bearer",
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  endsAt: row.ends_at,
  secondFactorAt: row.second_factor_at,
});

const toRow = ({ id, principal, transport, createdAt, expiresAt, endsAt, secondFactorAt }: KeptSession) => [
  id,
  principal,
  transport,
  createdAt,
  expiresAt,
  endsAt,
  secondFactorAt,
];
