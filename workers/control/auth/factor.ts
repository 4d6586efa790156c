import { sha256Hex } from "../../../src/adapters/web-crypto/digest.ts";
import type { Proofs } from "../../../src/auth/account.ts";
import { parseRecoveryCode } from "../../../src/auth/recovery-code.ts";
import type { AccountStore } from "../../../src/auth/store.ts";
import { totpStep } from "../../../src/auth/totp.ts";

/** A second factor as it is given: a code of an authenticator app, or one of the codes for when that is lost. */
export interface GivenFactor {
  readonly code?: string | undefined;
  readonly recoveryCode?: string | undefined;
}

/** Uses a second factor up; false when it is wrong, or was used before. */
export async function useFactor(
  accounts: AccountStore,
  id: string,
  proofs: Proofs,
  { code, recoveryCode }: GivenFactor,
  now: number,
): Promise<boolean> {
  if (code !== undefined) {
    const step = proofs.totpSecret === null ? null : totpStep(proofs.totpSecret, code, proofs.totpStep, now);
    // No step is newer than none: a wrong code takes as long as a right one.
    return accounts.useTotpStep(id, step ?? 0);
  }
  const plain = recoveryCode === undefined ? null : parseRecoveryCode(recoveryCode);
  return plain !== null && (await accounts.useRecoveryCode(id, await sha256Hex(plain)));
}
