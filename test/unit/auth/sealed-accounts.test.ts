import { beforeEach, expect, it } from "vitest";
import { sealedAccounts } from "../../../src/adapters/web-crypto/sealed-accounts.ts";
import { createSecretBox } from "../../../src/adapters/web-crypto/secret-box.ts";
import { type Account, noProofs } from "../../../src/auth/account.ts";
import type { AccountStore } from "../../../src/auth/store.ts";
import { FakeAuthStore } from "../../fakes/auth-store.ts";

const OLD = "the-old-secret-of-32-characters!";
const NEW = "the-new-secret-of-32-characters!";
const SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

const ann: Account = {
  id: "p1",
  name: "ann",
  kind: "person",
  email: null,
  roles: [],
  allowlist: [],
  createdAt: 1000,
};
const bob: Account = { ...ann, id: "p2", name: "bob" };

let below: AccountStore;
let warned: string[];
beforeEach(() => {
  below = new FakeAuthStore().accounts;
  warned = [];
});

const under = (...secrets: [string, ...string[]]) =>
  sealedAccounts(below, createSecretBox(secrets), (principal) => warned.push(principal));
const kept = async (id = "p1") => (await below.proofs(id))?.totpSecret;

it("keeps no secret that can be read, nor the same one twice in the same form", async () => {
  const accounts = under(NEW);
  await accounts.create(ann, { ...noProofs, totpSecret: SECRET });
  await accounts.create(bob, { ...noProofs, totpSecret: SECRET });
  await accounts.offerTotp("p1", SECRET);
  const pending = (await below.proofs("p1"))?.pendingTotpSecret;
  for (const each of [await kept(), await kept("p2"), pending]) {
    expect(each).toMatch(/^aes-gcm\$/);
    expect(each).not.toContain(SECRET);
  }
  expect(new Set([await kept(), await kept("p2"), pending]).size).toBe(3);
  expect((await accounts.findByName("ann"))?.proofs.totpSecret).toBe(SECRET);
});

it("opens what the key before has sealed, and seals it anew when a code is used", async () => {
  await under(OLD).create(ann, { ...noProofs, totpSecret: SECRET });
  const accounts = under(NEW, OLD);
  expect((await accounts.proofs("p1"))?.totpSecret).toBe(SECRET);
  expect(await accounts.useTotpStep("p1", 7)).toBe(true);
  const anew = await kept();
  expect((await under(NEW).proofs("p1"))?.totpSecret).toBe(SECRET);
  expect(await accounts.useTotpStep("p1", 8)).toBe(true);
  expect(await kept()).toBe(anew);
  expect(warned).toEqual([]);
});

it("takes a secret of before any was sealed, and seals it when a code is used", async () => {
  await below.create(ann, { ...noProofs, totpSecret: SECRET });
  const accounts = under(NEW);
  expect((await accounts.proofs("p1"))?.totpSecret).toBe(SECRET);
  expect(await accounts.useTotpStep("p1", 7)).toBe(true);
  expect(await kept()).toMatch(/^aes-gcm\$/);
});

it.each<[string, () => Promise<void>]>([
  [
    "the key is lost",
    async () =>
      under(OLD)
        .create(ann, { ...noProofs, totpSecret: SECRET })
        .then(() => undefined),
  ],
  [
    "it is another's",
    async () => {
      await under(NEW).create(bob, { ...noProofs, totpSecret: SECRET });
      await below.create(ann, { ...noProofs, totpSecret: (await kept("p2")) ?? null });
    },
  ],
  [
    "it was tampered with",
    async () => {
      await under(NEW).create(ann, { ...noProofs, totpSecret: SECRET });
      const sealed = (await kept()) ?? "";
      await below.replaceTotpSecret("p1", sealed, `${sealed.slice(0, -8)}AAAAAAA=`);
    },
  ],
])("leaves somebody with a factor that nobody has, and says so, where %s", async (_name, spoil) => {
  await spoil();
  const accounts = under(NEW);
  const first = (await accounts.proofs("p1"))?.totpSecret;
  expect(first).toMatch(/^[A-Z2-7]{32}$/);
  expect([first, (await accounts.proofs("p1"))?.totpSecret]).not.toContain(SECRET);
  expect((await accounts.proofs("p1"))?.totpSecret).not.toBe(first);
  expect(new Set(warned)).toEqual(new Set(["p1"]));
});
