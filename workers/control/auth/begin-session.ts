import type { Account } from "../../../src/auth/account.ts";
import { formatSecret, SECRET_BYTES } from "../../../src/auth/secret.ts";
import { beginSession, SESSION_MAX_MS } from "../../../src/auth/session.ts";
import type { Answer, Call } from "../route.ts";
import type { NewSessionReply } from "../schema/session.ts";
import { sha256Hex } from "./digest.ts";
import { csrfTokenOf, sessionCookie } from "./session-cookie.ts";

/** Begins a session of who has proved who they are, and answers with what lets them in. */
export async function answerWithSession(
  { deps }: Call,
  account: Account,
  transport: "bearer" | "cookie",
  secondFactorAt: number | null,
): Promise<Answer> {
  const now = deps.now();
  const secret = formatSecret("session", deps.randomBytes(SECRET_BYTES));
  const times = beginSession(now, secondFactorAt);
  const session = { id: deps.newId(), principal: account.id, transport, createdAt: now, ...times };
  await deps.auth.sessions.create(session, await sha256Hex(secret));
  const isCookie = transport === "cookie";
  const body: NewSessionReply = {
    id: session.id,
    principal: { id: account.id, name: account.name },
    token: isCookie ? null : secret,
    csrfToken: isCookie ? await csrfTokenOf(secret) : null,
    expiresAt: new Date(times.expiresAt).toISOString(),
    endsAt: new Date(times.endsAt).toISOString(),
    secondFactor: secondFactorAt === null ? "missing" : "used",
  };
  const cookie = isCookie ? { headers: { "Set-Cookie": sessionCookie(secret, SESSION_MAX_MS / 1000) } } : {};
  return { status: 201, body, isSecret: true, ...cookie };
}
