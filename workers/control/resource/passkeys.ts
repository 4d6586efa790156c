import type { KeptPasskey } from "../../../src/auth/account.ts";
import { isAllowedFrom } from "../../../src/auth/networks.ts";
import { err, ok } from "../../../src/base/result.ts";
import type { Change } from "../../../src/table/change.ts";
import { timeOrNull } from "../auth/account-reply.ts";
import { answerWithSession } from "../auth/begin-session.ts";
import { ask } from "../auth/manage.ts";
import { ownAccount } from "../auth/own-account.ts";
import { offerAuthentication, offerRegistration, useAssertion, verifyRegistration } from "../auth/passkey.ts";
import { pageById } from "../page.ts";
import type { Refusal } from "../refusal.ts";
import { type Route, route } from "../route.ts";
import { pageQuerySchema, pageSchema } from "../schema/page.ts";
import {
  newPasskeySchema,
  type PasskeyReply,
  passkeySchema,
  passkeySignInSchema,
  webAuthnOptionsSchema,
} from "../schema/passkey.ts";
import { newSessionSchema } from "../schema/session.ts";
import { toTime } from "../to-time.ts";

/** Passkeys (WebAuthn Level 3): making one's own, and signing in with it alone. */
export const passkeyRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/passkeys/options",
    permission: "oneself",
    summary: "What a browser needs to make a passkey",
    reply: webAuthnOptionsSchema,
    refusals: ["person-needed", "step-up"],
    async handle(call) {
      const own = await ownAccount(call);
      if (!own.ok) return own;
      const options = await ask(call, () => offerRegistration(call));
      return options.ok ? ok({ status: 200, body: options.value }) : options;
    },
  }),
  route({
    method: "POST",
    path: "/passkeys",
    permission: "oneself",
    summary: "Keep a passkey that a browser has made",
    body: newPasskeySchema,
    reply: passkeySchema,
    statuses: [201],
    refusals: ["person-needed", "step-up", "sign-in-refused", "exists", "full"],
    async handle(call) {
      const { auth, now } = call.deps;
      const own = await ownAccount(call);
      if (!own.ok) return own;
      const made = await ask(call, () => verifyRegistration(call, call.body.name, call.body.response));
      if (!made.ok) return made;
      const passkey = made.value;
      if (passkey === null) return err({ kind: "sign-in-refused" });
      const saved = await ask(call, async () => {
        const result = await auth.passkeys.create(passkey);
        // Whoever has just made it has just been verified by it.
        if (result === "saved") await auth.sessions.useSecondFactor(call.principal.credential, now());
        return result;
      });
      if (!saved.ok) return saved;
      switch (saved.value) {
        case "saved":
          return ok({ status: 201, body: toReply(passkey), changes: [toChange(passkey.id, null, toReply(passkey))] });
        case "exists":
          return err({ kind: "exists", what: "this passkey" });
        case "too-many":
          return err({ kind: "full", what: "passkeys of this person" });
      }
    },
  }),
  route({
    method: "GET",
    path: "/passkeys",
    permission: "oneself",
    summary: "Your passkeys",
    query: pageQuerySchema,
    reply: pageSchema(passkeySchema),
    async handle(call) {
      const own = await ask(call, () => call.deps.auth.passkeys.list(call.principal.id));
      if (!own.ok) return own;
      const page = pageById(
        own.value.map((passkey) => [passkey.id, toReply(passkey)] as const),
        call.query,
      );
      return page.ok
        ? ok({ status: 200, body: { ...page.value, items: page.value.items.map(([, each]) => each) } })
        : page;
    },
  }),
  route({
    method: "DELETE",
    path: "/passkeys/:id",
    permission: "oneself",
    summary: "Delete a passkey of yours",
    reply: null,
    refusals: ["person-needed", "step-up", "absent", "last-factor"],
    async handle(call) {
      const own = await ownAccount(call);
      if (!own.ok) return own;
      const { passkeys } = call.deps.auth;
      const id = call.param("id");
      const absent = err({ kind: "absent", what: `passkeys/${id}` } satisfies Refusal);
      const all = await ask(call, () => passkeys.list(call.principal.id));
      if (!all.ok) return all;
      const known = all.value.find((passkey) => passkey.id === id);
      if (!known) return absent;
      // With none left, whoever has the password could set one up.
      if (all.value.length === 1 && own.value.proofs.totpSecret === null) return err({ kind: "last-factor" });
      const removed = await ask(call, () => passkeys.remove(call.principal.id, id));
      if (!removed.ok) return removed;
      return removed.value ? ok({ status: 204, changes: [toChange(id, toReply(known), null)] }) : absent;
    },
  }),
  route({
    method: "POST",
    path: "/sessions/passkey/options",
    permission: "anyone",
    summary: "What a browser needs to sign in by a passkey",
    reply: webAuthnOptionsSchema,
    async handle(call) {
      const options = await ask(call, () => offerAuthentication(call));
      return options.ok ? ok({ status: 200, body: options.value }) : options;
    },
  }),
  route({
    method: "POST",
    path: "/sessions/passkey",
    permission: "anyone",
    summary: "Sign in by a passkey",
    body: passkeySignInSchema,
    reply: newSessionSchema,
    statuses: [201],
    refusals: ["sign-in-refused"],
    async handle(call) {
      const { auth, now } = call.deps;
      const account = await ask(call, async () => {
        const used = await useAssertion(call, call.body.response);
        return used && auth.accounts.find(used.principal);
      });
      if (!account.ok) return account;
      const person = account.value;
      if (person === null || !isAllowedFrom(person.allowlist, call.address)) return err({ kind: "sign-in-refused" });
      const begun = await ask(call, () => answerWithSession(call, person, call.body.transport, now()));
      return begun.ok ? begun.value : begun;
    },
  }),
];

const toChange = (id: string, before: PasskeyReply | null, after: PasskeyReply | null): Change => ({
  section: "passkeys",
  id,
  before,
  after,
});

const toReply = ({ id, name, createdAt, lastUsedAt }: KeptPasskey): PasskeyReply => ({
  id,
  name,
  createdAt: toTime(createdAt),
  lastUsedAt: timeOrNull(lastUsedAt),
});
