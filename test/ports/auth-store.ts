import { expect, it } from "vitest";
import {
  type Account,
  type KeptPasskey,
  type KeptSession,
  type KeptToken,
  MAX_PASSKEYS_PER_PRINCIPAL,
  MAX_SESSIONS_PER_PRINCIPAL,
  MAX_TOKENS_PER_PRINCIPAL,
  noProofs,
} from "../../src/auth/account.ts";
import { MAX_ROLES } from "../../src/auth/role.ts";
import { type AuthStore, MAX_CHALLENGES } from "../../src/auth/store.ts";

const admin = { role: "admin", regions: null, services: null };
const operator = { role: "operator", regions: ["eu-west-1"], services: null };
const ann: Account = {
  id: "p1",
  name: "Ann",
  kind: "person",
  email: "ann@example.com",
  roles: [admin],
  allowlist: ["203.0.113.0/24"],
  createdAt: 1000,
};
const bob: Account = { ...ann, id: "p2", name: "bob", email: null, roles: [operator], allowlist: [] };
const robot: Account = { ...bob, id: "p3", name: "robot", kind: "machine", roles: [admin] };
const session: KeptSession = {
  id: "s1",
  principal: "p1",
  transport: "bearer",
  createdAt: 1000,
  expiresAt: 2000,
  endsAt: 9000,
  secondFactorAt: null,
};
const token: KeptToken = {
  id: "t1",
  principal: "p3",
  name: "ci",
  limit: operator,
  createdAt: 1000,
  expiresAt: 2000,
  lastUsedAt: null,
  stepUpExempt: true,
};
const passkey: KeptPasskey = {
  id: "k1",
  principal: "p1",
  name: "laptop",
  publicKey: "AAAA",
  counter: 0,
  transports: ["internal"],
  createdAt: 1000,
  lastUsedAt: null,
};
const all = { limit: 100, after: null };

/** What every store of principals must do; `make` gives an empty one. */
export function testAuthStore(make: () => Promise<AuthStore>): void {
  const peopled = async () => {
    const store = await make();
    for (const account of [ann, bob, robot])
      await store.accounts.create(account, { ...noProofs, passwordHash: `hash of ${account.name}` });
    return store;
  };

  it("keeps accounts, and finds them by name and email without regard to case", async () => {
    const { accounts } = await peopled();
    const proofs = { ...noProofs, passwordHash: "hash of Ann" };
    expect(await accounts.find("p1")).toEqual(ann);
    expect(await accounts.findByName("ANN")).toEqual({ account: ann, proofs });
    expect(await accounts.findByEmail("Ann@Example.com")).toEqual({ account: ann, roles: [] });
    expect(await accounts.proofs("p1")).toEqual(proofs);
    expect([await accounts.find("p9"), await accounts.findByName("x"), await accounts.proofs("p9")]).toEqual([
      null,
      null,
      null,
    ]);
    expect(await accounts.create({ ...ann, id: "p9", name: "aNN", email: null }, noProofs)).toBe("name-taken");
    expect(await accounts.create({ ...bob, id: "p9", name: "cy", email: "ANN@example.com" }, noProofs)).toBe(
      "name-taken",
    );
  });

  it("lists a page at a time, in order of id", async () => {
    const { accounts } = await peopled();
    const first = await accounts.list({ limit: 2, after: null });
    expect(first.map(({ id }) => id)).toEqual(["p1", "p2"]);
    expect((await accounts.list({ limit: 2, after: "p2" })).map(({ id }) => id)).toEqual(["p3"]);
  });

  it("makes a first admin once, whoever asks at the same time", async () => {
    const { accounts } = await make();
    const asked = ["a", "b", "c"].map((id) => accounts.createFirst({ ...ann, id, name: id, email: null }, noProofs));
    expect((await Promise.all(asked)).sort()).toEqual(["exists", "exists", "saved"]);
  });

  it("counts neither a machine nor an admin of some regions as an admin", async () => {
    const { accounts } = await make();
    await accounts.create(robot, noProofs);
    await accounts.create({ ...bob, roles: [{ ...admin, regions: ["eu-west-1"] }] }, noProofs);
    expect(await accounts.createFirst(ann, noProofs)).toBe("saved");
  });

  it("keeps the last admin an admin, and lets one of two go", async () => {
    const { accounts } = await peopled();
    expect(await accounts.remove("p1")).toBe("last-admin");
    expect(await accounts.change("p1", { roles: [operator], email: null })).toBe("last-admin");
    expect(await accounts.find("p1")).toEqual(ann);
    expect(await accounts.change("p2", { roles: [admin], email: null })).toBe("saved");
    expect(await accounts.remove("p1")).toBe("saved");
    expect([await accounts.remove("p2"), await accounts.remove("p9")]).toEqual(["last-admin", "absent"]);
    expect(await accounts.change("p9", { roles: [], email: null })).toBe("absent");
  });

  it("ends sessions when roles change, and only then", async () => {
    const { accounts, sessions } = await peopled();
    await sessions.create({ ...session, principal: "p2" }, "h1");
    await sessions.create({ ...session, id: "s2" }, "h2");
    expect(await accounts.change("p2", { roles: [operator], email: "b@example.com" })).toBe("saved");
    expect(await sessions.find("h1", 1500)).not.toBeNull();
    await accounts.change("p2", { roles: [], email: null });
    expect([await sessions.find("h1", 1500), await sessions.read("s2")]).toEqual([null, { ...session, id: "s2" }]);
  });

  it("removes an account with all that let it in", async () => {
    const { accounts, sessions, tokens, passkeys } = await peopled();
    await sessions.create({ ...session, principal: "p2" }, "h1");
    await passkeys.create({ ...passkey, principal: "p2" });
    await tokens.create(token, "h2");
    await accounts.remove("p2");
    await accounts.remove("p3");
    expect([await sessions.find("h1", 1500), await tokens.find("h2", 1500), await passkeys.find("k1")]).toEqual([
      null,
      null,
      null,
    ]);
  });

  it("changes a password, and ends all sessions but one", async () => {
    const { accounts, sessions } = await peopled();
    for (const id of ["s1", "s2"]) await sessions.create({ ...session, id }, `hash ${id}`);
    await accounts.setPassword("p1", "new", "s2");
    expect((await accounts.proofs("p1"))?.passwordHash).toBe("new");
    expect((await sessions.list(all, 1500)).map(({ id }) => id)).toEqual(["s2"]);
    await accounts.setPassword("p1", "newer", null);
    expect(await sessions.list(all, 1500)).toEqual([]);
  });

  it("confirms the TOTP secret that was offered last, with its codes, once", async () => {
    const { accounts } = await peopled();
    await accounts.offerTotp("p1", "A");
    await accounts.offerTotp("p1", "B");
    expect(await accounts.confirmTotp("p1", "A", 7, ["r1"])).toBe(false);
    expect([(await accounts.proofs("p1"))?.totpSecret, await accounts.useRecoveryCode("p1", "r1")]).toEqual([
      null,
      false,
    ]);
    expect(await accounts.confirmTotp("p1", "B", 7, ["r1", "r2"])).toBe(true);
    expect(await accounts.proofs("p1")).toMatchObject({ totpSecret: "B", totpStep: 7, pendingTotpSecret: null });
    expect(await accounts.confirmTotp("p1", "B", 8, ["r3"])).toBe(false);
    await accounts.replaceTotpSecret("p1", "A", "C");
    expect((await accounts.proofs("p1"))?.totpSecret).toBe("B");
    await accounts.replaceTotpSecret("p1", "B", "C");
    expect((await accounts.proofs("p1"))?.totpSecret).toBe("C");
    expect(await accounts.useRecoveryCode("p1", "r3")).toBe(false);
  });

  it("takes a time step once, and none that is older", async () => {
    const { accounts } = await peopled();
    const tries = await Promise.all([5, 5, 5].map((step) => accounts.useTotpStep("p1", step)));
    expect(tries.filter(Boolean)).toHaveLength(1);
    expect([await accounts.useTotpStep("p1", 4), await accounts.useTotpStep("p1", 6)]).toEqual([false, true]);
  });

  it("takes a recovery code once, of its own principal", async () => {
    const { accounts } = await peopled();
    await accounts.setRecoveryCodes("p1", ["r1", "r2"]);
    expect(await accounts.useRecoveryCode("p2", "r1")).toBe(false);
    const tries = await Promise.all([1, 2, 3].map(() => accounts.useRecoveryCode("p1", "r1")));
    expect(tries.filter(Boolean)).toHaveLength(1);
    await accounts.setRecoveryCodes("p1", ["r3"]);
    expect([await accounts.useRecoveryCode("p1", "r2"), await accounts.useRecoveryCode("p1", "r3")]).toEqual([
      false,
      true,
    ]);
  });

  it("resets an account: no factor, no passkey and no session is left", async () => {
    const { accounts, sessions, passkeys } = await peopled();
    await accounts.offerTotp("p1", "A");
    await accounts.confirmTotp("p1", "A", 7, ["r1"]);
    await passkeys.create(passkey);
    await sessions.create(session, "h1");
    await accounts.reset("p1", "new");
    expect(await accounts.proofs("p1")).toEqual({ ...noProofs, passwordHash: "new" });
    expect([await passkeys.list("p1"), await sessions.list(all, 1500)]).toEqual([[], []]);
    expect(await accounts.useRecoveryCode("p1", "r1")).toBe(false);
  });

  it("makes, changes and removes roles, and none that somebody has", async () => {
    const { accounts, roles, sessions } = await peopled();
    const role = { name: "dialler", permissions: ["weights:*"] as const };
    expect(await roles.put(role, 1000)).toBe("created");
    await accounts.change("p2", { roles: [{ role: "dialler", regions: null, services: null }], email: null });
    await sessions.create({ ...session, principal: "p2" }, "h1");
    expect(await sessions.find("h1", 1500)).toMatchObject({ roles: [role] });
    expect(await roles.put({ ...role, permissions: ["weights:read"] }, 1000)).toBe("changed");
    expect(await roles.list()).toEqual([{ name: "dialler", permissions: ["weights:read"] }]);
    expect(await sessions.find("h1", 1500)).toBeNull();
    expect([await roles.remove("dialler"), await roles.remove("x")]).toEqual(["in-use", "absent"]);
    await accounts.change("p2", { roles: [], email: null });
    expect(await roles.remove("dialler")).toBe("removed");
  });

  it("makes no more roles than it may", async () => {
    const { roles } = await make();
    for (let i = 0; i < MAX_ROLES; i++) await roles.put({ name: `r${i}`, permissions: ["*:read"] }, 0);
    expect(await roles.put({ name: "more", permissions: ["*:read"] }, 0)).toBe("too-many");
    expect(await roles.put({ name: "r0", permissions: ["*"] }, 0)).toBe("changed");
  });

  it("finds a session with its account until it expires", async () => {
    const { sessions } = await peopled();
    await sessions.create(session, "h1");
    expect(await sessions.find("h1", 1999)).toEqual({ kind: "session", session, account: ann, roles: [] });
    expect([await sessions.find("h1", 2000), await sessions.find("h2", 1500)]).toEqual([null, null]);
    await sessions.extend("s1", 3000);
    await sessions.useSecondFactor("s1", 2500);
    expect(await sessions.read("s1")).toEqual({ ...session, expiresAt: 3000, secondFactorAt: 2500 });
    expect([await sessions.remove("s1"), await sessions.remove("s1")]).toEqual([true, false]);
  });

  it("keeps so many sessions of a principal, the newest", async () => {
    const { sessions } = await peopled();
    for (let i = 0; i <= MAX_SESSIONS_PER_PRINCIPAL; i++)
      await sessions.create({ ...session, id: `s${100 + i}`, createdAt: 1000 + i }, `h${i}`);
    const kept = await sessions.list({ limit: 1000, after: null }, 1500);
    expect([kept.length, kept[0]?.id]).toEqual([MAX_SESSIONS_PER_PRINCIPAL, "s101"]);
  });

  it("finds a token with its account until it expires, notes its use, and removes it", async () => {
    const { tokens } = await peopled();
    expect(await tokens.create(token, "h1")).toBe("saved");
    await tokens.create({ ...token, id: "t2", limit: null, expiresAt: null, stepUpExempt: false }, "h2");
    expect(await tokens.find("h1", 1999)).toEqual({ kind: "token", token, account: robot, roles: [] });
    expect(await tokens.find("h1", 2000)).toBeNull();
    expect([await tokens.read("t1"), await tokens.read("t9")]).toEqual([token, null]);
    expect((await tokens.find("h2", 9_999_999))?.token.stepUpExempt).toBe(false);
    await tokens.noteUse("t1", 1700);
    expect((await tokens.list({ limit: 1, after: null }))[0]).toEqual({ ...token, lastUsedAt: 1700 });
    expect([await tokens.remove("t1"), await tokens.remove("t1"), await tokens.find("h1", 1500)]).toEqual([
      true,
      false,
      null,
    ]);
  });

  it("gives a machine and a person no more tokens and passkeys than they may have", async () => {
    const { tokens, passkeys } = await peopled();
    for (let i = 0; i < MAX_TOKENS_PER_PRINCIPAL; i++) await tokens.create({ ...token, id: `t${i}` }, `h${i}`);
    expect(await tokens.create({ ...token, id: "more" }, "more")).toBe("too-many");
    for (let i = 0; i < MAX_PASSKEYS_PER_PRINCIPAL; i++) await passkeys.create({ ...passkey, id: `k${i}` });
    expect(await passkeys.create({ ...passkey, id: "more" })).toBe("too-many");
  });

  it("keeps passkeys, each once and for its own principal", async () => {
    const { passkeys } = await peopled();
    expect(await passkeys.create(passkey)).toBe("saved");
    expect(await passkeys.create({ ...passkey, principal: "p2" })).toBe("exists");
    await passkeys.noteUse("k1", 5, 1700);
    expect(await passkeys.find("k1")).toEqual({ ...passkey, counter: 5, lastUsedAt: 1700 });
    expect(await passkeys.list("p1")).toHaveLength(1);
    expect([await passkeys.remove("p2", "k1"), await passkeys.remove("p1", "k1")]).toEqual([false, true]);
  });

  it("gives a challenge back once, to whom it was given, in time", async () => {
    const { passkeys } = await make();
    await passkeys.keepChallenge("c1", null, 2000);
    await passkeys.keepChallenge("c2", "p1", 2000);
    expect(await passkeys.takeChallenge("c2", "p2", 1500)).toBe(false);
    expect(await passkeys.takeChallenge("c2", "p1", 2000)).toBe(false);
    const tries = await Promise.all([1, 2, 3].map(() => passkeys.takeChallenge("c1", null, 1500)));
    expect(tries.filter(Boolean)).toHaveLength(1);
  });

  it("forgets the challenges that end first when there are too many", async () => {
    const { passkeys } = await make();
    for (let i = 0; i <= MAX_CHALLENGES; i++) await passkeys.keepChallenge(`c${i}`, null, 2000 + i);
    expect([await passkeys.takeChallenge("c0", null, 0), await passkeys.takeChallenge("c1", null, 0)]).toEqual([
      false,
      true,
    ]);
  });

  it("replaces attempts only if they are as they were read", async () => {
    const { attempts } = await make();
    const one = { failures: 1, lastAt: 1000 };
    const two = { failures: 2, lastAt: 1001 };
    expect(await attempts.read("k")).toBeNull();
    const tries = await Promise.all([1, 2, 3].map(() => attempts.replace("k", null, one, 0)));
    expect(tries.filter(Boolean)).toHaveLength(1);
    expect([await attempts.replace("k", two, one, 0), await attempts.replace("k", one, two, 0)]).toEqual([false, true]);
    expect(await attempts.read("k")).toEqual(two);
    expect(await attempts.replace("other", null, one, 1002)).toBe(true);
    expect(await attempts.read("k")).toBeNull();
    expect(await attempts.replace("other", one, null, 0)).toBe(true);
    expect(await attempts.read("other")).toBeNull();
  });

  it("keeps the networks of the control plane whole", async () => {
    const { networks } = await make();
    expect(await networks.read()).toEqual([]);
    await networks.write(["203.0.113.0/24", "2001:db8::/32"]);
    expect(await networks.read()).toEqual(["2001:db8::/32", "203.0.113.0/24"]);
    await networks.write([]);
    expect(await networks.read()).toEqual([]);
  });
}
