import type { Proofs } from "../../../src/auth/account.ts";
import { stepSession } from "../../../src/auth/session.ts";
import { err, ok, type Result } from "../../../src/base/result.ts";
import type { Change } from "../../../src/table/change.ts";
import { sessionChange } from "../auth/account-changes.ts";
import { toSession } from "../auth/account-reply.ts";
import { beginAttempts } from "../auth/attempt.ts";
import { answerWithSession } from "../auth/begin-session.ts";
import { useFactor } from "../auth/factor.ts";
import { ask, manageable } from "../auth/manage.ts";
import { useAssertion } from "../auth/passkey.ts";
import { noSessionCookie } from "../auth/session-cookie.ts";
import { signIn } from "../auth/sign-in.ts";
import { readSpan } from "../page.ts";
import type { Refusal } from "../refusal.ts";
import { type Answer, type Call, type Route, route } from "../route.ts";
import { pageQuerySchema, pageSchema } from "../schema/page.ts";
import {
  newSessionSchema,
  type StepUpReply,
  type StepUpRequest,
  sessionSchema,
  signInSchema,
  stepUpReplySchema,
  stepUpSchema,
} from "../schema/session.ts";
import { toTime } from "../to-time.ts";

export const sessionRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/sessions",
    permission: "anyone",
    summary: "Sign in by password and second factor",
    description: "Without any second factor yet, all that can be done is to set one up.",
    body: signInSchema,
    reply: newSessionSchema,
    statuses: [201],
    refusals: ["sign-in-refused"],
    async handle(call) {
      const signedIn = await ask(call, () => signIn(call, call.body));
      if (!signedIn.ok) return signedIn;
      if (!signedIn.value.ok) return signedIn.value;
      const { account, secondFactorAt } = signedIn.value.value;
      const begun = await ask(call, () => answerWithSession(call, account, call.body.transport, secondFactorAt));
      return begun.ok ? begun.value : begun;
    },
  }),
  route({
    method: "POST",
    path: "/sessions/renew",
    permission: "oneself",
    summary: "Fifteen more minutes, within the twelve hours that a session has in all",
    reply: sessionSchema,
    refusals: ["person-needed"],
    handle: renew,
  }),
  route({
    method: "POST",
    path: "/sessions/step-up",
    permission: "oneself",
    summary: "Use a second factor, for what asks for one",
    body: stepUpSchema,
    reply: stepUpReplySchema,
    refusals: ["person-needed", "sign-in-refused"],
    async handle(call) {
      const { auth, now } = call.deps;
      const { id, credential, kind } = call.principal;
      if (kind !== "person") return err({ kind: "person-needed" });
      const proofs = await ask(call, () => auth.accounts.proofs(id));
      if (!proofs.ok) return proofs;
      if (proofs.value === null) return err({ kind: "unauthenticated" });
      const known = proofs.value;
      const used = await ask(call, async () => {
        const attempt = await beginAttempts(auth.attempts, { id }, call.address, now());
        if (attempt.isLocked || !(await isProven(call, known))) return false;
        await attempt.succeed();
        await auth.sessions.useSecondFactor(credential, now());
        return true;
      });
      if (!used.ok) return used;
      if (!used.value) return err({ kind: "sign-in-refused" });
      const body: StepUpReply = { secondFactorAt: toTime(now()) };
      return ok({ status: 200, body });
    },
  }),
  route({
    method: "DELETE",
    path: "/sessions/current",
    permission: "oneself",
    summary: "Sign out",
    reply: null,
    async handle(call) {
      const ended = await end(call, call.principal.credential);
      return ended.ok ? ok({ status: 204, headers: { "Set-Cookie": noSessionCookie }, changes: ended.value }) : ended;
    },
  }),
  route({
    method: "GET",
    path: "/sessions",
    permission: "sessions:read",
    summary: "Who has signed in",
    query: pageQuerySchema,
    reply: pageSchema(sessionSchema),
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
    summary: "End a session",
    reply: null,
    refusals: ["absent", "exceeds-grants"],
    async handle(call) {
      const id = call.param("id");
      const session = await ask(call, () => call.deps.auth.sessions.read(id));
      if (!session.ok) return session;
      if (session.value === null) return err({ kind: "absent", what: `sessions/${id}` });
      const person = await manageable(call, session.value.principal);
      if (!person.ok) return person;
      const ended = await end(call, id);
      if (!ended.ok) return ended;
      return ended.value.length > 0
        ? ok({ status: 204, changes: ended.value })
        : err({ kind: "absent", what: `sessions/${id}` });
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
  if (!saved.ok) return saved;
  return ok({ status: 200, body: toSession(renewed), changes: [sessionChange(session.value, renewed)] });
}

/** Ends a session, if it is there. */
async function end(call: Call, id: string): Promise<Result<readonly Change[], Refusal>> {
  const { sessions } = call.deps.auth;
  return ask(call, async () => {
    const session = await sessions.read(id);
    const isThere = await sessions.remove(id);
    return isThere ? [sessionChange(session, null)] : [];
  });
}
