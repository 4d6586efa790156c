import { type Account, noProofs, type Proofs } from "../../../src/auth/account.ts";
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
  const attempt = await beginAttempts(auth.attempts, { name: given.name }, call.address, at);
  const found = await auth.accounts.findByName(given.name);
  const { account, proofs } = found ?? { account: null, proofs: nobodysProofs };
  const isRight = await isPassword(given.password, proofs.passwordHash, call.deps);
  const hasFactor = (await auth.passkeys.list(account?.id ?? NOBODY)).length > 0 || proofs.totpSecret !== null;
  const isLetIn = !attempt.isLocked && isRight && account !== null && isAllowedFrom(account.allowlist, call.address);
  const isProven = await useFactor(auth.accounts, isLetIn ? account.id : NOBODY, proofs, given, at);
  if (!isLetIn || (hasFactor && !isProven)) return refused;
  await attempt.succeed();
  return ok({ account, secondFactorAt: hasFactor ? at : null });
}

/** Whose proofs are tried where there is nobody, and whose are used up where somebody is refused: no one's. */
const NOBODY = "";
const nobodysProofs: Proofs = { ...noProofs, totpSecret: "A".repeat(32) };

const refused: Result<never, Refusal> = err({ kind: "sign-in-refused" });
