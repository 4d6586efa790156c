import type { Account, KeptSession, KeptToken } from "../../../src/auth/account.ts";
import type { PrincipalReply } from "../schema/principal.ts";
import type { SessionReply } from "../schema/session.ts";
import type { TokenReply } from "../schema/token.ts";

export const toPrincipal = ({ id, name, kind, email, roles, allowlist, createdAt }: Account): PrincipalReply => ({
  id,
  name,
  kind,
  email,
  roles: [...roles],
  allowlist: [...allowlist],
  createdAt: timeOf(createdAt),
});

export const toSession = ({ id, principal, transport, createdAt, expiresAt, endsAt, secondFactorAt }: KeptSession) =>
  ({
    id,
    principal,
    transport,
    createdAt: timeOf(createdAt),
    expiresAt: timeOf(expiresAt),
    endsAt: timeOf(endsAt),
    secondFactorAt: timeOrNull(secondFactorAt),
  }) satisfies SessionReply;

export const toToken = (token: KeptToken): TokenReply => ({
  id: token.id,
  principal: token.principal,
  name: token.name,
  limit: token.limit,
  createdAt: timeOf(token.createdAt),
  expiresAt: timeOrNull(token.expiresAt),
  lastUsedAt: timeOrNull(token.lastUsedAt),
  stepUpExempt: token.stepUpExempt,
});

export const timeOrNull = (at: number | null) => (at === null ? null : timeOf(at));
export const timeOf = (at: number) => new Date(at).toISOString();
