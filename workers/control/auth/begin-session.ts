import { sha256Hex } from "../../../src/adapters/web-crypto/digest.ts";
import type { Account, KeptSession } from "../../../src/auth/account.ts";
import { formatSecret, SECRET_BYTES } from "../../../src/auth/secret.ts";
import { beginSession, SESSION_MAX_MS } from "../../../src/auth/session.ts";
import { ok, type Result } from "../../../src/base/result.ts";
import type { Refusal } from "../refusal.ts";
import type { Answer, Call } from "../route.ts";
import type { NewSessionReply } from "../schema/session.ts";
import { toTime } from "../to-time.ts";
import { sessionChange } from "./account-changes.ts";
import { csrfTokenOf, sessionCookie } from "./session-cookie.ts";

/** Begins a session of who has proved who they are, which is recorded first, and answers with what lets them in. */
export async function answerWithSession(
  call: Call,
  account: Account,
  transport: "bearer" | "cookie",
  secondFactorAt: number | null,
): Promise<Result<Answer, Refusal>> {
  const { deps } = call;
  const now = deps.now();
  const secret = formatSecret("session", deps.randomBytes(SECRET_BYTES));
  const times = beginSession(now, secondFactorAt);
  const session: KeptSession = { id: deps.newId(), principal: account.id, transport, createdAt: now, ...times };
  const { id, name, kind } = account;
  const begun = await call.begin({ id, name, kind, credential: session.id });
  if (!begun.ok) return begun;
  await deps.auth.sessions.create(session, await sha256Hex(secret));
  const isCookie = transport === "cookie";
  const body: NewSessionReply = {
    id: session.id,
    principal: { id, name },
    token: isCookie ? null : secret,
    csrfToken: isCookie ? await csrfTokenOf(secret) : null,
    expiresAt: toTime(times.expiresAt),
    endsAt: toTime(times.endsAt),
    secondFactor: secondFactorAt === null ? "missing" : "used",
  };
  const cookie = isCookie ? { headers: { "Set-Cookie": sessionCookie(secret, SESSION_MAX_MS / 1000) } } : {};
  return ok({ status: 201, body, isSecret: true, changes: [sessionChange(null, session)], ...cookie });
}
