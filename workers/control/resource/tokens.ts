import { sha256Hex } from "../../../src/adapters/web-crypto/digest.ts";
import type { KeptToken } from "../../../src/auth/account.ts";
import { grantsOf } from "../../../src/auth/role.ts";
import { formatSecret, SECRET_BYTES } from "../../../src/auth/secret.ts";
import { err, ok } from "../../../src/base/result.ts";
import { toToken } from "../auth/account-reply.ts";
import { ask, manageable } from "../auth/manage.ts";
import { invalid } from "../field-errors.ts";
import { readSpan } from "../page.ts";
import type { Refusal } from "../refusal.ts";
import { type Route, route } from "../route.ts";
import { pageQuerySchema, pageSchema } from "../schema/page.ts";
import { type NewTokenReply, newTokenReplySchema, newTokenSchema, tokenSchema } from "../schema/token.ts";

export const tokenRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/tokens",
    permission: "tokens:read",
    summary: "The tokens of machines, without the tokens themselves",
    query: pageQuerySchema,
    reply: pageSchema(tokenSchema),
    async handle(call) {
      const page = await readSpan(call.query, (span) => ask(call, () => call.deps.auth.tokens.list(span)));
      return page.ok ? ok({ status: 200, body: { ...page.value, items: page.value.items.map(toToken) } }) : page;
    },
  }),
  route({
    method: "POST",
    path: "/tokens",
    permission: "tokens:write",
    stepUp: true,
    summary: "Make a token for a machine, shown once",
    body: newTokenSchema,
    reply: newTokenReplySchema,
    statuses: [201],
    refusals: ["absent", "exceeds-grants", "full"],
    async handle(call) {
      const { auth, now, newId, randomBytes, isLocalWorld } = call.deps;
      const { principal, name, limit, ttlSeconds, stepUpExempt } = call.body;
      if (stepUpExempt && !isLocalWorld)
        return invalid([{ path: "/stepUpExempt", detail: "only the local world has such tokens" }]);
      const machine = await manageable(call, principal);
      if (!machine.ok) return machine;
      if (machine.value.kind !== "machine")
        return invalid([{ path: "/principal", detail: "persons have sessions; tokens are for machines" }]);
      const roles = await ask(call, () => auth.roles.list());
      if (!roles.ok) return roles;
      if (limit !== null && grantsOf([limit], roles.value).length === 0)
        return invalid([{ path: "/limit/role", detail: `there is no role ${limit.role}` }]);
      const createdAt = now();
      const expiresAt = createdAt + ttlSeconds * 1000;
      const kept: KeptToken = {
        id: newId(),
        principal,
        name,
        limit,
        createdAt,
        expiresAt,
        lastUsedAt: null,
        stepUpExempt,
      };
      const token = formatSecret("token", randomBytes(SECRET_BYTES));
      const hash = await sha256Hex(token);
      const saved = await ask(call, () => auth.tokens.create(kept, hash));
      if (!saved.ok) return saved;
      if (saved.value === "too-many") return err({ kind: "full", what: "tokens of this machine" });
      const body: NewTokenReply = { ...toToken(kept), token };
      const changes = [{ section: "tokens", id: kept.id, before: null, after: toToken(kept) }];
      return ok({ status: 201, body, isSecret: true, changes });
    },
  }),
  route({
    method: "DELETE",
    path: "/tokens/:id",
    permission: "tokens:write",
    stepUp: true,
    summary: "Revoke a token",
    reply: null,
    refusals: ["absent", "exceeds-grants"],
    async handle(call) {
      const { tokens } = call.deps.auth;
      const id = call.param("id");
      const absent = err({ kind: "absent", what: `tokens/${id}` } satisfies Refusal);
      const kept = await ask(call, () => tokens.read(id));
      if (!kept.ok) return kept;
      if (kept.value === null) return absent;
      const before = toToken(kept.value);
      const machine = await manageable(call, before.principal);
      if (!machine.ok) return machine;
      const removed = await ask(call, () => tokens.remove(id));
      if (!removed.ok) return removed;
      return removed.value ? ok({ status: 204, changes: [{ section: "tokens", id, before, after: null }] }) : absent;
    },
  }),
];
