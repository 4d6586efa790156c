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

/** `name` is whatever was given as one: whether there is such a principal makes no difference here. */
export async function beginAttempts(store: AttemptStore, name: string, address: Ip, now: number): Promise<Attempt> {
  const [byName, byAddress] = await Promise.all([
    count(store, `name ${await sha256Hex(name.toLowerCase())}`, principalLimits, now),
    count(store, `address ${clientKey(address)}`, addressLimits, now),
  ]);
  return {
    isLocked: byName === null || byAddress === null,
    async succeed() {
      const before = now - FORGIVEN_MS;
      if (byName) await store.replace(byName.key, byName.after, null, before);
      if (byAddress) await store.replace(byAddress.key, byAddress.after, byAddress.before, before);
    },
  };
}

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
