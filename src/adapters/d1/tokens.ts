import { type KeptToken, MAX_TOKENS_PER_PRINCIPAL } from "../../auth/account.ts";
import { assignmentSchema } from "../../auth/role.ts";
import type { TokenStore } from "../../auth/store.ts";
import { type AccountRow, accountOf } from "./accounts.ts";
import { listRoles, roleOf } from "./roles.ts";

const TOKEN = "id, principal, name, token_limit, created_at, expires_at, last_used_at, step_up_exempt";

export function d1Tokens(db: D1Database): TokenStore {
  return {
    async create(token, hash) {
      const { meta } = await db
        .prepare(
          `INSERT INTO token (${TOKEN}, hash) SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?
           WHERE (SELECT count(*) FROM token WHERE principal = ?) < ${MAX_TOKENS_PER_PRINCIPAL}`,
        )
        .bind(...toRow(token), hash, token.principal)
        .run();
      return meta.changes > 0 ? "saved" : "too-many";
    },
    async find(hash, now) {
      const [tokens, accounts, roles] = await db.batch([
        db
          .prepare(`SELECT ${TOKEN} FROM token WHERE hash = ? AND (expires_at IS NULL OR expires_at > ?)`)
          .bind(hash, now),
        db.prepare("SELECT * FROM principal WHERE id = (SELECT principal FROM token WHERE hash = ?)").bind(hash),
        listRoles(db),
      ]);
      const token = tokens?.results[0] as TokenRow | undefined;
      const account = accounts?.results[0] as AccountRow | undefined;
      if (!token || !account) return null;
      return {
        kind: "token",
        token: tokenOf(token),
        account: accountOf(account),
        roles: (roles?.results ?? []).map(roleOf),
      };
    },
    async read(id) {
      const row = await db.prepare(`SELECT ${TOKEN} FROM token WHERE id = ?`).bind(id).first<TokenRow>();
      return row && tokenOf(row);
    },
    async list({ limit, after }) {
      const { results } = await db
        .prepare(`SELECT ${TOKEN} FROM token WHERE id > ? ORDER BY id LIMIT ?`)
        .bind(after ?? "", limit)
        .all<TokenRow>();
      return results.map(tokenOf);
    },
    async noteUse(id, at) {
      await db.prepare("UPDATE token SET last_used_at = ? WHERE id = ?").bind(at, id).run();
    },
    async remove(id) {
      const { meta } = await db.prepare("DELETE FROM token WHERE id = ?").bind(id).run();
      return meta.changes > 0;
    },
  };
}

interface TokenRow {
  readonly id: string;
  readonly principal: string;
  readonly name: string;
  readonly token_limit: string | null;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly last_used_at: number | null;
  readonly step_up_exempt: number;
}

const tokenOf = (row: TokenRow): KeptToken => ({
  id: row.id,
  principal: row.principal,
  name: row.name,
  limit: row.token_limit === null ? null : assignmentSchema.parse(JSON.parse(row.token_limit)),
  createdAt: row.created_at,
  expiresAt: row.expires_at,
  lastUsedAt: row.last_used_at,
  stepUpExempt: row.step_up_exempt === 1,
});

const toRow = (token: KeptToken) => [
  token.id,
  token.principal,
  token.name,
  token.limit === null ? null : JSON.stringify(token.limit),
  token.createdAt,
  token.expiresAt,
  token.lastUsedAt,
  token.stepUpExempt ? 1 : 0,
];
