import type { Account } from "../../../src/auth/account.ts";
import { isAllowedFrom } from "../../../src/auth/networks.ts";
import { err, ok, type Result } from "../../../src/base/result.ts";
import type { Refusal } from "../refusal.ts";
import type { Call } from "../route.ts";
import { beginAttempts } from "./attempt.ts";
import { type GivenFactor, useFactor } from "./factor.ts";
import { isPassword } from "./password.ts";

interface SignIn extends GivenFactor {
  readonly name: string;
  readonly password: string;
}

interface SignedIn {
  readonly account: Account;
  /** `null` where the person has none yet. */
  readonly secondFactorAt: number | null;
}

/**
 * By password and second factor. Whatever is wrong, an unknown name, a password, a code or too many attempts, the work
 * and the answer are the same, so that nobody learns who there is.
 */
export async function signIn(call: Call, given: SignIn): Promise<Result<SignedIn, Refusal>> {
  const { auth, now } = call.deps;
  const at = now();
  const attempt = await beginAttempts(auth.attempts, given.name, call.address, at);
  const found = await auth.accounts.findByName(given.name);
  const isRight = await isPassword(given.password, found?.proofs.passwordHash ?? null, call.deps);
  if (attempt.isLocked || found === null || !isRight || !isAllowedFrom(found.account.allowlist, call.address))
    return refused;
  const { account, proofs } = found;
  const hasFactor = proofs.totpSecret !== null || (await auth.passkeys.list(account.id)).length > 0;
  if (hasFactor && !(await useFactor(auth.accounts, account.id, proofs, given, at))) return refused;
  await attempt.succeed();
  return ok({ account, secondFactorAt: hasFactor ? at : null });
}

const refused: Result<never, Refusal> = err({ kind: "sign-in-refused" });
