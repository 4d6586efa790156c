import { z } from "zod";
import { type Account, MAX_PRINCIPALS, type Proofs } from "../../auth/account.ts";
import { assignmentsSchema } from "../../auth/role.ts";
import type { AccountStore, Saved } from "../../auth/store.ts";
import { listRoles, roleOf } from "./roles.ts";

const ACCOUNT = "id, name, kind, email, roles, allowlist, created_at";
const PROOFS = "password_hash, totp_secret, totp_step, pending_totp_secret";

/** True unless the principal is the last admin. Takes the id twice. */
const KEEPS_ADMIN = "(? NOT IN (SELECT id FROM admin) OR EXISTS (SELECT 1 FROM admin WHERE id <> ?))";

export function d1Accounts(db: D1Database): AccountStore {
  const run = (sql: string, ...values: unknown[]) => db.prepare(sql).bind(...values);
  const exists = async (id: string) => (await run("SELECT 1 FROM principal WHERE id = ?", id).first()) !== null;

  async function insert(account: Account, proofs: Proofs, onlyIf: string): Promise<Saved> {
    const values = [...toRow(account), ...toProofRow(proofs)];
    const holes = values.map(() => "?").join(", ");
    try {
      const { meta } = await run(
        `INSERT INTO principal (${ACCOUNT}, ${PROOFS}) SELECT ${holes} WHERE ${onlyIf}`,
        ...values,
      ).run();
      return meta.changes > 0 ? "saved" : "too-many";
    } catch (error) {
      if (isTaken(error)) return "name-taken";
      throw error;
    }
  }

  return {
    create: (account, proofs) => insert(account, proofs, `(SELECT count(*) FROM principal) < ${MAX_PRINCIPALS}`),
    async createFirst(account, proofs) {
      return (await insert(account, proofs, "NOT EXISTS (SELECT 1 FROM admin)")) === "saved" ? "saved" : "exists";
    },
    async list({ limit, after }) {
      const { results } = await run(
        `SELECT ${ACCOUNT} FROM principal WHERE id > ? ORDER BY id LIMIT ?`,
        after ?? "",
        limit,
      ).all<AccountRow>();
      return results.map(accountOf);
    },
    async find(id) {
      const row = await run(`SELECT ${ACCOUNT} FROM principal WHERE id = ?`, id).first<AccountRow>();
      return row && accountOf(row);
    },
    async findByName(name) {
      const row = await run(`SELECT ${ACCOUNT}, ${PROOFS} FROM principal WHERE name = ?`, name).first<
        AccountRow & ProofRow
      >();
      return row && { account: accountOf(row), proofs: proofsOf(row) };
    },
    async findByEmail(email) {
      const [found, roles] = await db.batch([
        run(`SELECT ${ACCOUNT} FROM principal WHERE email = ?`, email),
        listRoles(db),
      ]);
      const row = found?.results[0] as AccountRow | undefined;
      return row ? { account: accountOf(row), roles: (roles?.results ?? []).map(roleOf) } : null;
    },
    async proofs(id) {
      const row = await run(`SELECT ${PROOFS} FROM principal WHERE id = ?`, id).first<ProofRow>();
      return row && proofsOf(row);
    },
    async change(id, { roles, email }) {
      const kept = JSON.stringify(roles);
      const isAdmin = roles.some((each) => each.role === "admin" && each.regions === null && each.services === null);
      try {
        const [, changed] = await db.batch([
          // Before the change, while the old roles can be told from the new ones.
          run(
            `DELETE FROM session WHERE principal = ? AND EXISTS (SELECT 1 FROM principal WHERE id = ? AND roles <> ?)
               AND (? OR ${KEEPS_ADMIN})`,
            ...[id, id, kept, isAdmin ? 1 : 0, id, id],
          ),
          run(
            `UPDATE principal SET roles = ?, email = ? WHERE id = ? AND (? OR ${KEEPS_ADMIN})`,
            ...[kept, email, id, isAdmin ? 1 : 0, id, id],
          ),
        ]);
        if (changed?.meta.changes) return "saved";
      } catch (error) {
        if (isTaken(error)) return "name-taken";
        throw error;
      }
      return (await exists(id)) ? "last-admin" : "absent";
    },
    async remove(id) {
      const { meta } = await run(`DELETE FROM principal WHERE id = ? AND ${KEEPS_ADMIN}`, id, id, id).run();
      if (meta.changes > 0) return "saved";
      return (await exists(id)) ? "last-admin" : "absent";
    },
    async setAllowlist(id, networks) {
      await run("UPDATE principal SET allowlist = ? WHERE id = ?", JSON.stringify(networks), id).run();
    },
    async setPassword(id, passwordHash, spare) {
      await db.batch([
        run("UPDATE principal SET password_hash = ? WHERE id = ?", passwordHash, id),
        run("DELETE FROM session WHERE principal = ? AND id <> ?", id, spare ?? ""),
      ]);
    },
    async offerTotp(id, secret) {
      await run("UPDATE principal SET pending_totp_secret = ? WHERE id = ?", secret, id).run();
    },
    async confirmTotp(id, secret, step, recoveryHashes) {
      // The codes first, while it can be told whether the secret is the one that waits.
      const results = await db.batch([
        ...replaceCodes(db, id, recoveryHashes, secret),
        run(
          `UPDATE principal SET totp_secret = pending_totp_secret, totp_step = ?, pending_totp_secret = NULL
           WHERE id = ? AND pending_totp_secret = ?`,
          ...[step, id, secret],
        ),
      ]);
      return (results.at(-1)?.meta.changes ?? 0) > 0;
    },
    async replaceTotpSecret(id, before, after) {
      await run("UPDATE principal SET totp_secret = ? WHERE id = ? AND totp_secret = ?", ...[after, id, before]).run();
    },
    async useTotpStep(id, step) {
      const { meta } = await run(
        "UPDATE principal SET totp_step = ? WHERE id = ? AND totp_step < ?",
        ...[step, id, step],
      ).run();
      return meta.changes > 0;
    },
    async useRecoveryCode(id, hash) {
      const { meta } = await run("DELETE FROM recovery_code WHERE principal = ? AND hash = ?", id, hash).run();
      return meta.changes > 0;
    },
    async setRecoveryCodes(id, hashes) {
      await db.batch(replaceCodes(db, id, hashes, null));
    },
    async reset(id, passwordHash) {
      await db.batch([
        run(
          `UPDATE principal SET password_hash = ?, totp_secret = NULL, totp_step = 0, pending_totp_secret = NULL
           WHERE id = ?`,
          ...[passwordHash, id],
        ),
        ...["session", "passkey", "recovery_code"].map((table) => run(`DELETE FROM ${table} WHERE principal = ?`, id)),
      ]);
    },
  };
}

/** `ifPending` asks that this is the TOTP secret that waits to be confirmed; `null` asks nothing. */
function replaceCodes(db: D1Database, id: string, hashes: readonly string[], ifPending: string | null) {
  const holds = "EXISTS (SELECT 1 FROM principal WHERE id = ? AND (? IS NULL OR pending_totp_secret = ?))";
  const condition = [id, ifPending, ifPending];
  return [
    db.prepare(`DELETE FROM recovery_code WHERE principal = ? AND ${holds}`).bind(id, ...condition),
    db
      .prepare(`INSERT INTO recovery_code (principal, hash) SELECT ?, value FROM json_each(?) WHERE ${holds}`)
      .bind(id, JSON.stringify(hashes), ...condition),
  ];
}

const isTaken = (error: unknown) => /UNIQUE constraint failed/.test(String(error));

export interface AccountRow {
  readonly id: string;
  readonly name: string;
  readonly kind: string;
  readonly email: string | null;
  readonly roles: string;
  readonly allowlist: string;
  readonly created_at: number;
}

interface ProofRow {
  readonly password_hash: string | null;
  readonly totp_secret: string | null;
  readonly totp_step: number;
  readonly pending_totp_secret: string | null;
}

const networksSchema = z.array(z.string());

export function accountOf(row: AccountRow): Account {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind === "machine" ? "machine" : "person",
    email: row.email,
    roles: assignmentsSchema.parse(JSON.parse(row.roles)),
    allowlist: networksSchema.parse(JSON.parse(row.allowlist)),
    createdAt: row.created_at,
  };
}

function toRow({ id, name, kind, email, roles, allowlist, createdAt }: Account): unknown[] {
  return [id, name, kind, email, JSON.stringify(roles), JSON.stringify(allowlist), createdAt];
}

const toProofRow = (proofs: Proofs) => [
  proofs.passwordHash,
  proofs.totpSecret,
  proofs.totpStep,
  proofs.pendingTotpSecret,
];

const proofsOf = (row: ProofRow): Proofs => ({
  passwordHash: row.password_hash,
  totpSecret: row.totp_secret,
  totpStep: row.totp_step,
  pendingTotpSecret: row.pending_totp_secret,
});
