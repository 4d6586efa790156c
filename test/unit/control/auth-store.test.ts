import { describe } from "vitest";
import { sealedAccounts } from "../../../src/adapters/web-crypto/sealed-accounts.ts";
import { createSecretBox } from "../../../src/adapters/web-crypto/secret-box.ts";
import type { AuthStore } from "../../../src/auth/store.ts";
import { FakeAuthStore } from "../../fakes/auth-store.ts";
import { testAuthStore } from "../../ports/auth-store.ts";

describe("the fake", () => testAuthStore(async () => new FakeAuthStore()));

describe("with sealed secrets", () =>
  testAuthStore(async (): Promise<AuthStore> => {
    const { accounts, roles, sessions, tokens, passkeys, attempts, networks } = new FakeAuthStore();
    const box = createSecretBox(["a-secret-of-at-least-32-characters"]);
    const sealed = sealedAccounts(accounts, box, (principal) => {
      throw new Error(`the secret of ${principal} does not open`);
    });
    return { accounts: sealed, roles, sessions, tokens, passkeys, attempts, networks };
  }));
