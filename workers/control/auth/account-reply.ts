import type { Account, KeptSession, KeptToken } from "../../../src/auth/account.ts";
import type { PrincipalReply } from "../schema/principal.ts";
import type { SessionReply } from "../schema/session.ts";
import type { TokenReply } from "../schema/token.ts";
import { toTime } from "../to-time.ts";

export const toPrincipal = ({ id, name, kind, email, roles, allowlist, createdAt }: Account): PrincipalReply => ({
  id,
  name,
  kind,
  email,
  roles: [...roles],
  allowlist: [...allowlist],
  createdAt: toTime(createdAt),
});

export const toSession = ({ id, principal, transport, createdAt, expiresAt, endsAt, secondFactorAt }: KeptSession) =>
  ({
    id,
    principal,
    transport,
    createdAt: toTime(createdAt),
    expiresAt: toTime(expiresAt),
    endsAt: toTime(endsAt),
    secondFactorAt: timeOrNull(secondFactorAt),
  }) satisfies SessionReply;

export const toToken = (token: KeptToken): TokenReply => ({
  id: token.id,
  principal: token.principal,
  name: token.name,
  limit: token.limit,
  createdAt: toTime(token.createdAt),
  expiresAt: timeOrNull(token.expiresAt),
  lastUsedAt: timeOrNull(token.lastUsedAt),
  stepUpExempt: token.stepUpExempt,
});

export const timeOrNull = (at: number | null) => (at === null ? null : toTime(at));
