import { fromBase64, toBase64 } from "../../base/base64.ts";
import { fromUtf8, toUtf8 } from "../../base/utf8.ts";
import { nameKey, SealingKey } from "./sealing-key.ts";

/**
 * Seals texts for keeping, against who reads the store, its exports or its backups, under keys that can be changed. What
 * is sealed for one owner does not open for another.
 */
export interface SecretBox {
  seal(secret: string, owner: string): Promise<string>;
  /** What was never sealed is as it is; `null` where no key opens it. */
  open(kept: string, owner: string): Promise<string | null>;
  /** Whether it was sealed by the newest key. */
  isCurrent(kept: string): Promise<boolean>;
}

/** Marks what is sealed. No secret begins so: they are base32. */
const SCHEME = "aes-gcm";
/** Of all keys that a box seals by. */
const USE = "novacron secret box";
/** Tells the keys of one deployment apart. */
const KEY_ID_BYTES = 6;

type Key = Awaited<ReturnType<typeof keyOf>>;

/** `secrets` are those of the deployment, the newest first: it seals, and all of them open. */
export function createSecretBox(secrets: readonly [string, ...string[]]): SecretBox {
  let derived: Promise<readonly Key[]> | undefined;
  const keys = () => {
    derived ??= Promise.all(secrets.map(keyOf));
    return derived;
  };
  return {
    async seal(secret, owner) {
      const [key] = await keys();
      if (!key) throw new Error("there is no key");
      return [SCHEME, key.id, toBase64(await key.sealing.seal(toUtf8(secret), owner))].join("$");
    },
    async open(kept, owner) {
      const [scheme, id, sealed = ""] = kept.split("$");
      if (scheme !== SCHEME) return kept;
      const key = (await keys()).find((each) => each.id === id);
      const octets = fromBase64(sealed);
      const opened = key && octets ? await key.sealing.open(octets, owner) : null;
      return opened && fromUtf8(opened);
    },
    async isCurrent(kept) {
      const [key] = await keys();
      return kept.startsWith(`${SCHEME}$${key?.id}$`);
    },
  };
}

async function keyOf(secret: string) {
  const [id, sealing] = await Promise.all([nameKey(secret, USE, KEY_ID_BYTES), SealingKey.from(secret, USE)]);
  return { id: toBase64(id), sealing };
}
