import type { Proofs } from "../../../src/auth/account.ts";
import { stepSession } from "../../../src/auth/session.ts";
import { err, ok, type Result } from "../../../src/base/result.ts";
import { timeOrNull, toSession } from "../auth/account-reply.ts";
import { beginAttempts } from "../auth/attempt.ts";
import { answerWithSession } from "../auth/begin-session.ts";
import { useFactor } from "../auth/factor.ts";
import { ask } from "../auth/manage.ts";
import { useAssertion } from "../auth/passkey.ts";
import { noSessionCookie } from "../auth/session-cookie.ts";
import { signIn } from "../auth/sign-in.ts";
import { readSpan } from "../page.ts";
import type { Refusal } from "../refusal.ts";
import { type Answer, type Call, type Route, route } from "../route.ts";
import { pageQuerySchema } from "../schema/page.ts";
import { type StepUpRequest, signInSchema, stepUpSchema } from "../schema/session.ts";

export const sessionRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/sessions",
    permission: "anyone",
    body: signInSchema,
    async handle(call) {
      const signedIn = await ask(call, () => signIn(call, call.body));
      if (!signedIn.ok) return signedIn;
      if (!signedIn.value.ok) return signedIn.value;
      const { account, secondFactorAt } = signedIn.value.value;
      return ask(call, () => answerWithSession(call, account, call.body.transport, secondFactorAt));
    },
  }),
  route({ method: "POST", path: "/sessions/renew", permission: "oneself", handle: renew }),
  route({
    method: "POST",
    path: "/sessions/step-up",
    permission: "oneself",
    body: stepUpSchema,
    async handle(call) {
      const { auth, now } = call.deps;
      const { id, name, credential, kind } = call.principal;
      if (kind !== "person") return err({ kind: "person-needed" });
      const proofs = await ask(call, () => auth.accounts.proofs(id));
      if (!proofs.ok) return proofs;
      if (proofs.value === null) return err({ kind: "unauthenticated" });
      const known = proofs.value;
      const used = await ask(call, async () => {
        const attempt = await beginAttempts(auth.attempts, name, call.address, now());
        if (attempt.isLocked || !(await isProven(call, known))) return false;
        await attempt.succeed();
        await auth.sessions.useSecondFactor(credential, now());
        return true;
      });
      if (!used.ok) return used;
      return used.value
        ? ok({ status: 200, body: { secondFactorAt: timeOrNull(now()) } })
        : err({ kind: "sign-in-refused" });
    },
  }),
  route({
    method: "DELETE",
    path: "/sessions/current",
    permission: "oneself",
    async handle(call) {
      const removed = await ask(call, () => call.deps.auth.sessions.remove(call.principal.credential));
      return removed.ok ? ok({ status: 204, headers: { "Set-Cookie": noSessionCookie } }) : removed;
    },
  }),
  route({
    method: "GET",
    path: "/sessions",
    permission: "sessions:read",
    query: pageQuerySchema,
    async handle(call) {
      const { auth, now } = call.deps;
      const page = await readSpan(call.query, (span) => ask(call, () => auth.sessions.list(span, now())));
      return page.ok ? ok({ status: 200, body: { ...page.value, items: page.value.items.map(toSession) } }) : page;
    },
  }),
  route({
    method: "DELETE",
    path: "/sessions/:id",
    permission: "sessions:write",
    async handle(call) {
      const id = call.param("id");
      const removed = await ask(call, () => call.deps.auth.sessions.remove(id));
      if (!removed.ok) return removed;
      return removed.value ? ok({ status: 204 }) : err({ kind: "absent", what: `sessions/${id}` });
    },
  }),
];

/** Whether the caller's second factor is right, whichever it is. It is used up. */
async function isProven(call: Call<unknown, StepUpRequest>, proofs: Proofs): Promise<boolean> {
  const { passkey, ...factor } = call.body;
  const { id } = call.principal;
  if (passkey === undefined) return useFactor(call.deps.auth.accounts, id, proofs, factor, call.deps.now());
  return (await useAssertion(call, passkey))?.principal === id;
}

/** Fifteen more minutes, within the twelve hours that a session has in all. */
async function renew(call: Call): Promise<Result<Answer, Refusal>> {
  const { auth, now } = call.deps;
  const { credential } = call.principal;
  const session = await ask(call, () => auth.sessions.read(credential));
  if (!session.ok) return session;
  if (session.value === null) return err({ kind: "person-needed" });
  const renewed = stepSession(session.value, { kind: "renewed" }, now());
  if (renewed === null) return err({ kind: "unauthenticated" });
  const saved = await ask(call, () => auth.sessions.extend(credential, renewed.expiresAt));
  return saved.ok ? ok({ status: 200, body: toSession(renewed) }) : saved;
}
