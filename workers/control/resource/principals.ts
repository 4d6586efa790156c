import { type Account, noProofs } from "../../../src/auth/account.ts";
import { formatSecret, SECRET_BYTES } from "../../../src/auth/secret.ts";
import { err, ok, type Result } from "../../../src/base/result.ts";
import type { Change } from "../../../src/table/change.ts";
import { proofChange } from "../auth/account-changes.ts";
import { toPrincipal } from "../auth/account-reply.ts";
import { ask, manageable, mayGive, savedOr } from "../auth/manage.ts";
import { hashPassword } from "../auth/password.ts";
import { readSpan } from "../page.ts";
import type { Refusal } from "../refusal.ts";
import { type Answer, API_ROOT, type Call, type Route, route } from "../route.ts";
import { pageQuerySchema, pageSchema } from "../schema/page.ts";
import {
  type NewPrincipalReply,
  newPrincipalReplySchema,
  newPrincipalSchema,
  principalPatchSchema,
  principalSchema,
} from "../schema/principal.ts";

export const principalRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/principals",
    permission: "principals:read",
    summary: "People and machines, by id",
    query: pageQuerySchema,
    reply: pageSchema(principalSchema),
    async handle(call) {
      const page = await readSpan(call.query, (span) => ask(call, () => call.deps.auth.accounts.list(span)));
      return page.ok ? ok({ status: 200, body: { ...page.value, items: page.value.items.map(toPrincipal) } }) : page;
    },
  }),
  route({
    method: "POST",
    path: "/principals",
    permission: "principals:write",
    stepUp: true,
    summary: "Create a person or a machine",
    description: "A person's first password is shown once.",
    located: true,
    body: newPrincipalSchema,
    reply: newPrincipalReplySchema,
    statuses: [201],
    refusals: ["exceeds-grants", "exists", "full"],
    async handle(call) {
      const { auth, now, newId } = call.deps;
      const allowed = await mayGive(call, call.body.roles);
      if (!allowed.ok) return allowed;
      const account: Account = { id: newId(), ...call.body, allowlist: [], createdAt: now() };
      const first = account.kind === "person" ? await firstPassword(call) : null;
      const proofs = { ...noProofs, passwordHash: first?.hash ?? null };
      const saved = await ask(call, () => auth.accounts.create(account, proofs));
      if (!saved.ok) return saved;
      const done = savedOr(saved.value, "");
      if (!done.ok) return done;
      const body: NewPrincipalReply = { ...toPrincipal(account), password: first?.password ?? null };
      const location = `${API_ROOT}/principals/${account.id}`;
      return ok({ status: 201, body, isSecret: true, location, changes: [toChange(null, account)] });
    },
  }),
  route({
    method: "GET",
    path: "/principals/:id",
    permission: "principals:read",
    summary: "A person or a machine",
    reply: principalSchema,
    refusals: ["absent"],
    async handle(call) {
      const id = call.param("id");
      const account = await ask(call, () => call.deps.auth.accounts.find(id));
      if (!account.ok) return account;
      if (account.value === null) return err({ kind: "absent", what: `principals/${id}` });
      return ok({ status: 200, body: toPrincipal(account.value) });
    },
  }),
  route({
    method: "PATCH",
    path: "/principals/:id",
    permission: "principals:write",
    stepUp: true,
    summary: "Change roles or email; with other roles, all sessions end",
    body: principalPatchSchema,
    reply: principalSchema,
    refusals: ["absent", "exceeds-grants", "exists", "last-admin"],
    async handle(call) {
      const account = await manageable(call, call.param("id"));
      if (!account.ok) return account;
      const { roles = account.value.roles, email = account.value.email } = call.body;
      const allowed = await mayGive(call, roles);
      if (!allowed.ok) return allowed;
      const { id } = account.value;
      const saved = await ask(call, () => call.deps.auth.accounts.change(id, { roles, email }));
      if (!saved.ok) return saved;
      const done = savedOr(saved.value, `principals/${id}`);
      if (!done.ok) return done;
      const after = { ...account.value, roles, email };
      return ok({ status: 200, body: toPrincipal(after), changes: [toChange(account.value, after)] });
    },
  }),
  route({
    method: "DELETE",
    path: "/principals/:id",
    permission: "principals:write",
    stepUp: true,
    summary: "Delete a person or a machine, with sessions, tokens and passkeys",
    reply: null,
    refusals: ["absent", "exceeds-grants", "last-admin"],
    handle: remove,
  }),
  route({
    method: "POST",
    path: "/principals/:id/reset",
    permission: "principals:write",
    stepUp: true,
    summary: "A new first password for who has lost everything",
    description: "No second factor, no passkey and no session is left.",
    reply: newPrincipalReplySchema,
    refusals: ["absent", "exceeds-grants", "person-needed"],
    async handle(call) {
      const account = await manageable(call, call.param("id"));
      if (!account.ok) return account;
      if (account.value.kind !== "person") return err({ kind: "person-needed" });
      const { id } = account.value;
      const { password, hash } = await firstPassword(call);
      const reset = await ask(call, () => call.deps.auth.accounts.reset(id, hash));
      if (!reset.ok) return reset;
      const body: NewPrincipalReply = { ...toPrincipal(account.value), password };
      return ok({ status: 200, body, isSecret: true, changes: [proofChange(id, "password", true)] });
    },
  }),
];

async function remove(call: Call): Promise<Result<Answer, Refusal>> {
  const account = await manageable(call, call.param("id"));
  if (!account.ok) return account;
  const { id } = account.value;
  const removed = await ask(call, () => call.deps.auth.accounts.remove(id));
  if (!removed.ok) return removed;
  const done = savedOr(removed.value, `principals/${id}`);
  return done.ok ? ok({ status: 204, changes: [toChange(account.value, null)] }) : done;
}

const toChange = (before: Account | null, after: Account | null): Change => ({
  section: "principals",
  id: (after ?? before)?.id ?? "",
  before: before && toPrincipal(before),
  after: after && toPrincipal(after),
});

/** A person's first password, which the person changes; nobody else chooses it. */
async function firstPassword({ deps }: Call): Promise<{ readonly password: string; readonly hash: string }> {
  const password = formatSecret("password", deps.randomBytes(SECRET_BYTES));
  return { password, hash: await hashPassword(password, deps) };
}
