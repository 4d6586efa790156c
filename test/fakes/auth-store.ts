import {
  type Account,
  type KeptPasskey,
  type KeptSession,
  type KeptToken,
  MAX_PASSKEYS_PER_PRINCIPAL,
  MAX_SESSIONS_PER_PRINCIPAL,
  MAX_TOKENS_PER_PRINCIPAL,
  type Proofs,
} from "../../src/auth/account.ts";
import type { Attempts } from "../../src/auth/lockout.ts";
import { MAX_ROLES, type Role } from "../../src/auth/role.ts";
import { type AuthStore, MAX_ATTEMPT_KEYS, MAX_CHALLENGES, type Span } from "../../src/auth/store.ts";

interface Member {
  account: Account;
  proofs: Proofs;
  recovery: Set<string>;
}

/** Principals in memory. */
export class FakeAuthStore implements AuthStore {
  /** Every call fails while this is set. */
  unreachable = false;
  /** How often a credential has been looked up. */
  lookups = 0;
  readonly #members = new Map<string, Member>();
  readonly #roles = new Map<string, Role>();
  readonly #sessions = new Map<string, { session: KeptSession; hash: string }>();
  readonly #tokens = new Map<string, { token: KeptToken; hash: string }>();
  readonly #passkeys = new Map<string, KeptPasskey>();
  readonly #challenges = new Map<string, { principal: string | null; expiresAt: number }>();
  readonly #attempts = new Map<string, Attempts>();
  #networks: readonly string[] = [];

  readonly accounts: AuthStore["accounts"] = {
    create: async (account, proofs) => {
      this.#answer(null);
      if (this.#isTaken(account)) return "name-taken";
      this.#members.set(account.id, { account, proofs, recovery: new Set() });
      return "saved";
    },
    createFirst: async (account, proofs) => {
      this.#answer(null);
      if (this.#admins().length > 0 || this.#isTaken(account)) return "exists";
      this.#members.set(account.id, { account, proofs, recovery: new Set() });
      return "saved";
    },
    list: async (span) =>
      this.#answer(
        spanOf(
          [...this.#members.values()].map(({ account }) => account),
          span,
        ),
      ),
    find: async (id) => this.#answer(this.#members.get(id)?.account ?? null),
    findByName: async (name) => {
      this.#answer(null);
      const member = [...this.#members.values()].find(({ account }) => same(account.name, name));
      return member ? { account: member.account, proofs: member.proofs } : null;
    },
    findByEmail: async (email) => {
      this.#answer(null);
      const member = [...this.#members.values()].find(({ account }) => same(account.email, email));
      return member ? { account: member.account, roles: [...this.#roles.values()] } : null;
    },
    proofs: async (id) => this.#answer(this.#members.get(id)?.proofs ?? null),
    change: async (id, { roles, email }) => {
      const member = this.#answer(this.#members.get(id));
      if (!member) return "absent";
      const account = { ...member.account, roles, email };
      if (this.#isTaken(account)) return "name-taken";
      if (this.#isLastAdmin(id) && !isAdmin(account)) return "last-admin";
      if (JSON.stringify(member.account.roles) !== JSON.stringify(roles)) this.#endSessions(id);
      member.account = account;
      return "saved";
    },
    remove: async (id) => {
      if (!this.#answer(this.#members.get(id))) return "absent";
      if (this.#isLastAdmin(id)) return "last-admin";
      this.#members.delete(id);
      this.#endSessions(id);
      for (const [key, { token }] of this.#tokens) if (token.principal === id) this.#tokens.delete(key);
      for (const [key, { principal }] of this.#passkeys) if (principal === id) this.#passkeys.delete(key);
      return "saved";
    },
    setAllowlist: async (id, allowlist) => this.#amend(id, (member) => ({ account: { ...member.account, allowlist } })),
    setPassword: async (id, passwordHash, spare) => {
      this.#amend(id, ({ proofs }) => ({ proofs: { ...proofs, passwordHash } }));
      this.#endSessions(id, spare);
    },
    offerTotp: async (id, pendingTotpSecret) =>
      this.#amend(id, ({ proofs }) => ({ proofs: { ...proofs, pendingTotpSecret } })),
    confirmTotp: async (id, secret, totpStep, hashes) => {
      const member = this.#answer(this.#members.get(id));
      if (member?.proofs.pendingTotpSecret !== secret) return false;
      member.proofs = { ...member.proofs, totpSecret: secret, totpStep, pendingTotpSecret: null };
      member.recovery = new Set(hashes);
      return true;
    },
    replaceTotpSecret: async (id, before, totpSecret) =>
      this.#amend(id, ({ proofs }) => (proofs.totpSecret === before ? { proofs: { ...proofs, totpSecret } } : {})),
    useTotpStep: async (id, totpStep) => {
      const member = this.#answer(this.#members.get(id));
      if (!member || member.proofs.totpStep >= totpStep) return false;
      member.proofs = { ...member.proofs, totpStep };
      return true;
    },
    useRecoveryCode: async (id, hash) => this.#answer(this.#members.get(id))?.recovery.delete(hash) ?? false,
    setRecoveryCodes: async (id, hashes) => this.#amend(id, () => ({ recovery: new Set(hashes) })),
    reset: async (id, passwordHash) => {
      const proofs = { passwordHash, totpSecret: null, totpStep: 0, pendingTotpSecret: null };
      this.#amend(id, () => ({ proofs, recovery: new Set() }));
      this.#endSessions(id);
      for (const [key, { principal }] of this.#passkeys) if (principal === id) this.#passkeys.delete(key);
    },
  };

  readonly roles: AuthStore["roles"] = {
    list: async () => this.#answer([...this.#roles.values()].sort((a, b) => (a.name < b.name ? -1 : 1))),
    put: async (role) => {
      const isNew = this.#answer(!this.#roles.has(role.name));
      if (isNew && this.#roles.size >= MAX_ROLES) return "too-many";
      this.#roles.set(role.name, role);
      for (const { account } of this.#holders(role.name)) this.#endSessions(account.id);
      return isNew ? "created" : "changed";
    },
    remove: async (name) => {
      if (!this.#answer(this.#roles.has(name))) return "absent";
      if (this.#holders(name).length > 0) return "in-use";
      this.#roles.delete(name);
      return "removed";
    },
  };

  readonly sessions: AuthStore["sessions"] = {
    create: async (session, hash) => {
      this.#answer(null);
      for (const [id, kept] of this.#sessions)
        if (kept.session.expiresAt <= session.createdAt) this.#sessions.delete(id);
      const own = [...this.#sessions.values()].filter((kept) => kept.session.principal === session.principal);
      own.sort((a, b) => b.session.createdAt - a.session.createdAt);
      for (const kept of own.slice(MAX_SESSIONS_PER_PRINCIPAL - 1)) this.#sessions.delete(kept.session.id);
      this.#sessions.set(session.id, { session, hash });
    },
    find: async (hash, now) => {
      this.#lookUp();
      const kept = [...this.#sessions.values()].find((each) => each.hash === hash && each.session.expiresAt > now);
      const member = kept && this.#members.get(kept.session.principal);
      if (!member) return null;
      return { kind: "session", session: kept.session, account: member.account, roles: [...this.#roles.values()] };
    },
    read: async (id) => this.#answer(this.#sessions.get(id)?.session ?? null),
    list: async (span, now) => {
      const live = [...this.#sessions.values()].map(({ session }) => session).filter((each) => each.expiresAt > now);
      return this.#answer(spanOf(live, span));
    },
    extend: async (id, expiresAt) => this.#amendSession(id, { expiresAt }),
    useSecondFactor: async (id, secondFactorAt) => this.#amendSession(id, { secondFactorAt }),
    remove: async (id) => this.#answer(this.#sessions.delete(id)),
  };

  readonly tokens: AuthStore["tokens"] = {
    create: async (token, hash) => {
      const own = this.#answer([...this.#tokens.values()].filter((each) => each.token.principal === token.principal));
      if (own.length >= MAX_TOKENS_PER_PRINCIPAL) return "too-many";
      this.#tokens.set(token.id, { token, hash });
      return "saved";
    },
    find: async (hash, now) => {
      this.#lookUp();
      const kept = [...this.#tokens.values()].find((each) => each.hash === hash);
      const member = kept && this.#members.get(kept.token.principal);
      if (!member || (kept.token.expiresAt !== null && kept.token.expiresAt <= now)) return null;
      return { kind: "token", token: kept.token, account: member.account, roles: [...this.#roles.values()] };
    },
    read: async (id) => this.#answer(this.#tokens.get(id)?.token ?? null),
    list: async (span) =>
      this.#answer(
        spanOf(
          [...this.#tokens.values()].map(({ token }) => token),
          span,
        ),
      ),
    noteUse: async (id, lastUsedAt) => {
      const kept = this.#answer(this.#tokens.get(id));
      if (kept) this.#tokens.set(id, { ...kept, token: { ...kept.token, lastUsedAt } });
    },
    remove: async (id) => this.#answer(this.#tokens.delete(id)),
  };

  readonly passkeys: AuthStore["passkeys"] = {
    create: async (passkey) => {
      if (this.#answer(this.#passkeys.has(passkey.id))) return "exists";
      const own = [...this.#passkeys.values()].filter(({ principal }) => principal === passkey.principal);
      if (own.length >= MAX_PASSKEYS_PER_PRINCIPAL) return "too-many";
      this.#passkeys.set(passkey.id, passkey);
      return "saved";
    },
    list: async (of) => this.#answer([...this.#passkeys.values()].filter(({ principal }) => principal === of)),
    find: async (id) => this.#answer(this.#passkeys.get(id) ?? null),
    noteUse: async (id, counter, lastUsedAt) => {
      const passkey = this.#answer(this.#passkeys.get(id));
      if (passkey) this.#passkeys.set(id, { ...passkey, counter, lastUsedAt });
    },
    remove: async (principal, id) =>
      this.#answer(this.#passkeys.get(id)?.principal === principal && this.#passkeys.delete(id)),
    keepChallenge: async (challenge, principal, expiresAt) => {
      this.#answer(this.#challenges.set(challenge, { principal, expiresAt }));
      const oldest = [...this.#challenges].sort(([, a], [, b]) => b.expiresAt - a.expiresAt).slice(MAX_CHALLENGES);
      for (const [key] of oldest) this.#challenges.delete(key);
    },
    takeChallenge: async (challenge, principal, now) => {
      const kept = this.#answer(this.#challenges.get(challenge));
      if (!kept || kept.principal !== principal || kept.expiresAt <= now) return false;
      return this.#challenges.delete(challenge);
    },
  };

  readonly attempts: AuthStore["attempts"] = {
    read: async (key) => this.#answer(this.#attempts.get(key) ?? null),
    replace: async (key, before, after, forgottenBefore) => {
      this.#answer(null);
      for (const [other, { lastAt }] of this.#attempts)
        if (other !== key && lastAt < forgottenBefore) this.#attempts.delete(other);
      const known = this.#attempts.get(key) ?? null;
      if (JSON.stringify(known) !== JSON.stringify(before)) return false;
      this.#attempts.delete(key);
      const oldest = [...this.#attempts].sort(([, a], [, b]) => b.lastAt - a.lastAt).slice(MAX_ATTEMPT_KEYS - 1);
      for (const [other] of oldest) this.#attempts.delete(other);
      if (after) this.#attempts.set(key, after);
      return before !== null || after !== null;
    },
  };

  readonly networks: AuthStore["networks"] = {
    read: async () => this.#answer(this.#networks),
    write: async (networks) => {
      this.#networks = this.#answer([...networks].sort());
    },
  };

  #answer<T>(value: T): T {
    if (this.unreachable) throw new Error("D1_ERROR: Network connection lost.");
    return value;
  }

  #lookUp(): void {
    this.#answer(null);
    this.lookups += 1;
  }

  #admins(): readonly Account[] {
    return [...this.#members.values()].map(({ account }) => account).filter(isAdmin);
  }

  #isLastAdmin(id: string): boolean {
    const admins = this.#admins();
    return admins.length === 1 && admins[0]?.id === id;
  }

  #isTaken({ id, name, email }: Account): boolean {
    const others = [...this.#members.values()].map(({ account }) => account).filter((other) => other.id !== id);
    return others.some((other) => same(other.name, name) || (email !== null && same(other.email, email)));
  }

  #holders(role: string): readonly Member[] {
    return [...this.#members.values()].filter(({ account }) => account.roles.some((each) => each.role === role));
  }

  #endSessions(principal: string, spare: string | null = null): void {
    for (const [id, { session }] of this.#sessions)
      if (session.principal === principal && id !== spare) this.#sessions.delete(id);
  }

  #amend(id: string, change: (member: Member) => Partial<Member>): void {
    const member = this.#answer(this.#members.get(id));
    if (member) Object.assign(member, change(member));
  }

  #amendSession(id: string, change: Partial<KeptSession>): void {
    const kept = this.#answer(this.#sessions.get(id));
    if (kept) this.#sessions.set(id, { ...kept, session: { ...kept.session, ...change } });
  }
}

const isAdmin = ({ kind, roles }: Account) =>
  kind === "person" && roles.some((each) => each.role === "admin" && each.regions === null && each.services === null);

const same = (a: string | null, b: string | null) => a?.toLowerCase() === b?.toLowerCase();

function spanOf<T extends { readonly id: string }>(items: readonly T[], { limit, after }: Span): readonly T[] {
  return items
    .filter(({ id }) => after === null || id > after)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .slice(0, limit);
}
