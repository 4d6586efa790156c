import { sha256Hex } from "../../../src/adapters/web-crypto/digest.ts";
import {
  type Attempts,
  addressLimits,
  beginAttempt,
  FORGIVEN_MS,
  lockedUntil,
  principalLimits,
} from "../../../src/auth/lockout.ts";
import type { AttemptStore } from "../../../src/auth/store.ts";
import { clientKey, type Ip } from "../../../src/base/ip.ts";

/** An attempt to prove who one is, which counts as failed until it is told otherwise. */
export interface Attempt {
  /** Its secret must not be believed, whatever it is. */
  readonly isLocked: boolean;
  succeed(): Promise<void>;
}

/** Others may change what is counted at the same time; past these, the attempt is refused as one of too many. */
const MAX_TRIES = 4;

/**
 * Whose attempts are counted. `name` is whatever a stranger gave as one: whether there is such a principal makes no
 * difference here. `id` is of who is let in already and proves more, whom strangers cannot lock out of that.
 */
export type Claimant = { readonly name: string } | { readonly id: string };

export async function beginAttempts(
  store: AttemptStore,
  claimant: Claimant,
  address: Ip,
  now: number,
): Promise<Attempt> {
  const byAddress = await count(store, `address ${clientKey(address)}`, addressLimits, now);
  // An address that must wait locks nobody else out meanwhile.
  const byClaimant = byAddress && (await count(store, await keyOf(claimant), principalLimits, now));
  return {
    isLocked: byClaimant === null,
    async succeed() {
      const before = now - FORGIVEN_MS;
      if (byClaimant) await store.replace(byClaimant.key, byClaimant.after, null, before);
      if (byAddress) await store.replace(byAddress.key, byAddress.after, byAddress.before, before);
    },
  };
}

const keyOf = async (claimant: Claimant): Promise<string> =>
  "id" in claimant ? `principal ${claimant.id}` : `name ${await sha256Hex(claimant.name.toLowerCase())}`;

interface Counted {
  readonly key: string;
  readonly before: Attempts | null;
  readonly after: Attempts;
}

/** `null` when it is locked, which is not counted. */
async function count(
  store: AttemptStore,
  key: string,
  limits: typeof principalLimits,
  now: number,
): Promise<Counted | null> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const before = await store.read(key);
    if (now < lockedUntil(before, now, limits)) return null;
    const after = beginAttempt(before, now);
    if (await store.replace(key, before, after, now - FORGIVEN_MS)) return { key, before, after };
  }
  return null;
}
