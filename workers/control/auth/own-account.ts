import { sha256Hex } from "../../../src/adapters/web-crypto/digest.ts";
import type { Proofs } from "../../../src/auth/account.ts";
import { isFresh } from "../../../src/auth/admission.ts";
import { formatRecoveryCode, RECOVERY_CODE_BYTES, RECOVERY_CODES } from "../../../src/auth/recovery-code.ts";
import { err, ok, type Result } from "../../../src/base/result.ts";
import type { ControlDeps } from "../deps.ts";
import type { Refusal } from "../refusal.ts";
import type { Call } from "../route.ts";
import { ask } from "./manage.ts";

export interface OwnAccount {
  readonly proofs: Proofs;
  /** Whether there is any second factor. */
  readonly hasFactor: boolean;
}

/**
 * The caller's own proofs, which only a person in a session may change, and only with a second factor that was just
 * used, where there is one.
 */
export async function ownAccount(call: Call): Promise<Result<OwnAccount, Refusal>> {
  const { auth, now } = call.deps;
  const { id, kind, secondFactorAt } = call.principal;
  if (kind !== "person") return err({ kind: "person-needed" });
  const proofs = await ask(call, () => auth.accounts.proofs(id));
  if (!proofs.ok) return proofs;
  if (proofs.value === null) return err({ kind: "unauthenticated" });
  const passkeys = await ask(call, () => auth.passkeys.list(id));
  if (!passkeys.ok) return passkeys;
  const hasFactor = proofs.value.totpSecret !== null || passkeys.value.length > 0;
  if (hasFactor && !isFresh(secondFactorAt, now())) return err({ kind: "step-up" });
  return ok({ proofs: proofs.value, hasFactor });
}

/** New recovery codes: as they are shown, and as they are kept. */
export async function newRecoveryCodes({ randomBytes }: ControlDeps) {
  const codes = Array.from({ length: RECOVERY_CODES }, () => formatRecoveryCode(randomBytes(RECOVERY_CODE_BYTES)));
  return { codes, hashes: await Promise.all(codes.map(sha256Hex)) };
}
