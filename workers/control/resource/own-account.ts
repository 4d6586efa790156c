import { TOTP_SECRET_BYTES, totpSecret, totpStep, totpUri } from "../../../src/auth/totp.ts";
import { err, ok } from "../../../src/base/result.ts";
import { proofChange } from "../auth/account-changes.ts";
import { timeOrNull } from "../auth/account-reply.ts";
import { beginAttempts } from "../auth/attempt.ts";
import { ask } from "../auth/manage.ts";
import { newRecoveryCodes, ownAccount } from "../auth/own-account.ts";
import { hashPassword, isPassword } from "../auth/password.ts";
import { type Route, route } from "../route.ts";
import {
  type MeReply,
  meSchema,
  passwordChangeSchema,
  type RecoveryCodesReply,
  recoveryCodesSchema,
  type TotpOffer,
  totpConfirmationSchema,
  totpOfferSchema,
} from "../schema/principal.ts";

/** What everybody may do with their own account. */
export const ownAccountRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/principals/me",
    permission: "oneself",
    summary: "Who you are, and what you may do",
    reply: meSchema,
    async handle({ principal }) {
      const { id, name, kind, credential, secondFactorAt } = principal;
      const grants = principal.grants.map(({ permissions, regions, services }) => ({
        permissions: [...permissions],
        regions: regions && [...regions],
        services: services && [...services],
      }));
      const body: MeReply = { id, name, kind, credential, secondFactorAt: timeOrNull(secondFactorAt), grants };
      return ok({ status: 200, body });
    },
  }),
  route({
    method: "PUT",
    path: "/principals/me/password",
    permission: "oneself",
    summary: "Change your password; your other sessions end",
    body: passwordChangeSchema,
    reply: null,
    refusals: ["person-needed", "step-up", "sign-in-refused"],
    async handle(call) {
      const { auth, now } = call.deps;
      const { id, credential } = call.principal;
      const own = await ownAccount(call);
      if (!own.ok) return own;
      const attempt = await ask(call, () => beginAttempts(auth.attempts, { id }, call.address, now()));
      if (!attempt.ok) return attempt;
      const isRight = await isPassword(call.body.current, own.value.proofs.passwordHash, call.deps);
      if (attempt.value.isLocked || !isRight) return err({ kind: "sign-in-refused" });
      const hash = await hashPassword(call.body.password, call.deps);
      const saved = await ask(call, async () => {
        await attempt.value.succeed();
        await auth.accounts.setPassword(id, hash, credential);
      });
      return saved.ok ? ok({ status: 204, changes: [proofChange(id, "password", true)] }) : saved;
    },
  }),
  route({
    method: "POST",
    path: "/principals/me/totp",
    permission: "oneself",
    summary: "A new secret for an authenticator app, shown once",
    description: "It counts from when it is confirmed.",
    reply: totpOfferSchema,
    refusals: ["person-needed", "step-up"],
    async handle(call) {
      const { id, name } = call.principal;
      const own = await ownAccount(call);
      if (!own.ok) return own;
      const secret = totpSecret(call.deps.randomBytes(TOTP_SECRET_BYTES));
      const offered = await ask(call, () => call.deps.auth.accounts.offerTotp(id, secret));
      const body: TotpOffer = { secret, uri: totpUri(secret, name) };
      const changes = [proofChange(id, "pending-totp", own.value.proofs.pendingTotpSecret !== null)];
      return offered.ok ? ok({ status: 200, body, isSecret: true, changes }) : offered;
    },
  }),
  route({
    method: "POST",
    path: "/principals/me/totp/confirm",
    permission: "oneself",
    summary: "Confirm the new secret by a code; recovery codes come with it",
    body: totpConfirmationSchema,
    reply: recoveryCodesSchema,
    refusals: ["person-needed", "step-up", "sign-in-refused"],
    async handle(call) {
      const { auth, now } = call.deps;
      const { id, credential } = call.principal;
      const own = await ownAccount(call);
      if (!own.ok) return own;
      const secret = own.value.proofs.pendingTotpSecret;
      const step = secret === null ? null : totpStep(secret, call.body.code, 0, now());
      if (secret === null || step === null) return err({ kind: "sign-in-refused" });
      const { codes, hashes } = await newRecoveryCodes(call.deps);
      const confirmed = await ask(call, async () => {
        if (!(await auth.accounts.confirmTotp(id, secret, step, hashes))) return false;
        await auth.sessions.useSecondFactor(credential, now());
        return true;
      });
      if (!confirmed.ok) return confirmed;
      if (!confirmed.value) return err({ kind: "sign-in-refused" });
      const body: RecoveryCodesReply = { recoveryCodes: codes };
      const wasThere = own.value.proofs.totpSecret !== null;
      const changes = ["totp", "recovery-codes"].map((proof) => proofChange(id, proof, wasThere));
      return ok({ status: 200, body, isSecret: true, changes });
    },
  }),
  route({
    method: "POST",
    path: "/principals/me/recovery-codes",
    permission: "oneself",
    summary: "New recovery codes, shown once, instead of the old",
    reply: recoveryCodesSchema,
    refusals: ["person-needed", "step-up"],
    async handle(call) {
      const own = await ownAccount(call);
      if (!own.ok) return own;
      if (!own.value.hasFactor) return err({ kind: "step-up" });
      const { codes, hashes } = await newRecoveryCodes(call.deps);
      const { id } = call.principal;
      const saved = await ask(call, () => call.deps.auth.accounts.setRecoveryCodes(id, hashes));
      const body: RecoveryCodesReply = { recoveryCodes: codes };
      const changes = [proofChange(id, "recovery-codes", true)];
      return saved.ok ? ok({ status: 200, body, isSecret: true, changes }) : saved;
    },
  }),
];
