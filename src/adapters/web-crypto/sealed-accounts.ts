import type { Proofs } from "../../auth/account.ts";
import type { AccountStore } from "../../auth/store.ts";
import { TOTP_SECRET_BYTES, totpSecret } from "../../auth/totp.ts";
import type { SecretBox } from "./secret-box.ts";

/**
 * A store of accounts whose TOTP secrets are sealed in the store below it. One that lies there unsealed, or sealed by an
 * older key, is sealed anew when its code is next used. `warn` is told whose does not open: their codes are refused then,
 * and recovery codes, passkeys and a reset by an admin are the ways in.
 */
export function sealedAccounts(below: AccountStore, box: SecretBox, warn: (principal: string) => void): AccountStore {
  async function seal(id: string, proofs: Proofs): Promise<Proofs> {
    const sealed = async (secret: string | null) => (secret === null ? null : box.seal(secret, id));
    const [totp, pending] = await Promise.all([sealed(proofs.totpSecret), sealed(proofs.pendingTotpSecret)]);
    return { ...proofs, totpSecret: totp, pendingTotpSecret: pending };
  }

  async function open(id: string, proofs: Proofs): Promise<Proofs> {
    const opened = async (kept: string | null) => {
      if (kept === null) return null;
      const secret = await box.open(kept, id);
      if (secret === null) warn(id);
      return secret ?? unknown();
    };
    const [totp, pending] = await Promise.all([opened(proofs.totpSecret), opened(proofs.pendingTotpSecret)]);
    return { ...proofs, totpSecret: totp, pendingTotpSecret: pending };
  }

  async function sealAnew(id: string): Promise<void> {
    const kept = (await below.proofs(id))?.totpSecret ?? null;
    if (kept === null || (await box.isCurrent(kept))) return;
    const secret = await box.open(kept, id);
    if (secret !== null) await below.replaceTotpSecret(id, kept, await box.seal(secret, id));
  }

  return {
    ...below,
    create: async (account, proofs) => below.create(account, await seal(account.id, proofs)),
    createFirst: async (account, proofs) => below.createFirst(account, await seal(account.id, proofs)),
    async findByName(name) {
      const found = await below.findByName(name);
      return found && { ...found, proofs: await open(found.account.id, found.proofs) };
    },
    async proofs(id) {
      const proofs = await below.proofs(id);
      return proofs && open(id, proofs);
    },
    offerTotp: async (id, secret) => below.offerTotp(id, await box.seal(secret, id)),
    async confirmTotp(id, secret, step, recoveryHashes) {
      // Below it is known by how it was sealed, which is another way each time.
      const kept = (await below.proofs(id))?.pendingTotpSecret ?? null;
      if (kept === null || (await box.open(kept, id)) !== secret) return false;
      return below.confirmTotp(id, kept, step, recoveryHashes);
    },
    async useTotpStep(id, step) {
      if (!(await below.useTotpStep(id, step))) return false;
      await sealAnew(id);
      return true;
    },
    async replaceTotpSecret(id, before, after) {
      const kept = (await below.proofs(id))?.totpSecret ?? null;
      if (kept === null || (await box.open(kept, id)) !== before) return;
      await below.replaceTotpSecret(id, kept, await box.seal(after, id));
    },
  };
}

/** Stands in for what cannot be opened, so that there still is a second factor: nobody has its codes. */
const unknown = (): string => totpSecret(crypto.getRandomValues(new Uint8Array(TOTP_SECRET_BYTES)));
