import { sha256 } from "../../../src/adapters/web-crypto/digest.ts";
import type { AuditPrincipal } from "../../../src/audit/entry.ts";
import { type Account, noProofs, type Proofs } from "../../../src/auth/account.ts";
import { TOTP_SECRET_BYTES, totpSecret, totpUri } from "../../../src/auth/totp.ts";
import { err, ok, type Result } from "../../../src/base/result.ts";
import { toPrincipal } from "../auth/account-reply.ts";
import { ask } from "../auth/manage.ts";
import { newRecoveryCodes } from "../auth/own-account.ts";
import { hashPassword } from "../auth/password.ts";
import type { Refusal } from "../refusal.ts";
import { type Call, type Route, route } from "../route.ts";
import { type BootstrapReply, bootstrapReplySchema, bootstrapSchema } from "../schema/principal.ts";

/** The first admin, for whoever has the deployment's ADMIN_TOKEN, which is good for nothing else. */
export const bootstrapRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/principals/bootstrap",
    permission: "anyone",
    summary: "Make the first admin",
    description: "The bearer token is the deployment's ADMIN_TOKEN. What the answer shows is shown once.",
    body: bootstrapSchema,
    reply: bootstrapReplySchema,
    statuses: [201],
    refusals: ["unauthenticated", "bootstrapped"],
    async handle(call) {
      if (!(await hasAdminToken(call))) return err({ kind: "unauthenticated" });
      const begun = await call.begin(deployment);
      if (!begun.ok) return begun;
      const { auth, now, newId, randomBytes } = call.deps;
      const { name, password, email } = call.body;
      const secret = totpSecret(randomBytes(TOTP_SECRET_BYTES));
      const roles = [{ role: "admin", regions: null, services: null }];
      const account: Account = { id: newId(), name, kind: "person", email, roles, allowlist: [], createdAt: now() };
      const passwordHash = await hashPassword(password, call.deps);
      const made = await makeAdmin(call, account, { ...noProofs, passwordHash, totpSecret: secret });
      if (!made.ok) return made;
      const { codes, hashes } = await newRecoveryCodes(call.deps);
      const saved = await ask(call, () => auth.accounts.setRecoveryCodes(made.value.id, hashes));
      if (!saved.ok) return saved;
      const principal = toPrincipal(made.value);
      const body: BootstrapReply = {
        principal,
        totp: { secret, uri: totpUri(secret, name) },
        recoveryCodes: codes,
      };
      const before = made.value === account ? null : principal;
      const changes = [{ section: "principals", id: principal.id, before, after: principal }];
      return ok({ status: 201, body, isSecret: true, changes });
    },
  }),
];

/** Whoever has ADMIN_TOKEN, as the audit log names them. */
const deployment: AuditPrincipal = {
  id: "admin-token",
  name: "ADMIN_TOKEN",
  kind: "machine",
  credential: "admin-token",
};

async function hasAdminToken({ authorization, deps }: Call): Promise<boolean> {
  const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? "";
  // Hashes have one length, so that the comparison tells nothing about the token's.
  const [given, expected] = await Promise.all([sha256(token), sha256(deps.adminToken)]);
  return deps.sameBytes(given, expected);
}

/**
 * Once there is an admin the door is shut. Only the local world opens it again, for the admin of that name: its
 * directory holds the token beside all other secrets, and may have lost what the first answer said.
 */
async function makeAdmin(call: Call, account: Account, proofs: Proofs): Promise<Result<Account, Refusal>> {
  const { accounts } = call.deps.auth;
  const first = await ask(call, () => accounts.createFirst(account, proofs));
  if (!first.ok) return first;
  if (first.value === "saved") return ok(account);
  if (!call.deps.isLocalWorld) return err({ kind: "bootstrapped" });
  const again = await ask(call, async () => {
    const found = await accounts.findByName(account.name);
    const isAdmin = found?.account.roles.some(({ role }) => role === "admin") ?? false;
    if (!found || !isAdmin || proofs.passwordHash === null || proofs.totpSecret === null) return null;
    await accounts.reset(found.account.id, proofs.passwordHash);
    await accounts.offerTotp(found.account.id, proofs.totpSecret);
    await accounts.confirmTotp(found.account.id, proofs.totpSecret, 0, []);
    return found.account;
  });
  if (!again.ok) return again;
  return again.value === null ? err({ kind: "bootstrapped" }) : ok(again.value);
}
