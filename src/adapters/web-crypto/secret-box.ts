/**
 * Seals secrets for keeping, against who reads the store, its exports or its backups: AES-256-GCM (NIST SP 800-38D)
 * under keys that the deployment's secrets stand for. What is sealed for one owner does not open for another.
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
/** 96 bits, as section 5.2.1.1 recommends; random, for far fewer than the 2^32 secrets of section 8.3. */
const IV_BYTES = 12;
/** Tells the keys of one deployment apart; says nothing of them. */
const KEY_ID_BYTES = 6;

type Key = Awaited<ReturnType<typeof deriveKey>>;

/** `secrets` are those of the deployment, the newest first: it seals, and all of them open. */
export function createSecretBox(secrets: readonly [string, ...string[]]): SecretBox {
  let derived: Promise<readonly Key[]> | undefined;
  const keys = () => {
    derived ??= Promise.all(secrets.map(deriveKey));
    return derived;
  };
  return {
    async seal(secret, owner) {
      const [key] = await keys();
      if (!key) throw new Error("there is no key");
      const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
      const sealed = await crypto.subtle.encrypt(parameters(iv, owner), key.aes, utf8.encode(secret));
      return [SCHEME, key.id, toBase64(iv), toBase64(new Uint8Array(sealed))].join("$");
    },
    async open(kept, owner) {
      const [scheme, id, iv = "", sealed = ""] = kept.split("$");
      if (scheme !== SCHEME) return kept;
      const key = (await keys()).find((each) => each.id === id);
      if (!key) return null;
      try {
        const opened = await crypto.subtle.decrypt(parameters(fromBase64(iv), owner), key.aes, fromBase64(sealed));
        return new TextDecoder().decode(opened);
      } catch {
        // Of another owner, or not as it was sealed.
        return null;
      }
    },
    async isCurrent(kept) {
      const [key] = await keys();
      return kept.startsWith(`${SCHEME}$${key?.id}$`);
    },
  };
}

/** By HKDF (RFC 5869), with another `info` for each thing that is derived. */
async function deriveKey(secret: string) {
  const material = await crypto.subtle.importKey("raw", utf8.encode(secret), "HKDF", false, [
    "deriveBits",
    "deriveKey",
  ]);
  const hkdf = (info: string) => ({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: utf8.encode(info) });
  const id = await crypto.subtle.deriveBits(hkdf("novacron secret box id"), material, KEY_ID_BYTES * 8);
  const algorithm = { name: "AES-GCM", length: 256 };
  const aes = await crypto.subtle.deriveKey(hkdf("novacron secret box"), material, algorithm, false, [
    "encrypt",
    "decrypt",
  ]);
  return { id: toBase64(new Uint8Array(id)), aes };
}

const parameters = (iv: Uint8Array<ArrayBuffer>, owner: string) => ({
  name: "AES-GCM",
  iv,
  additionalData: utf8.encode(owner),
});

const utf8 = new TextEncoder();
const toBase64 = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes));
const fromBase64 = (text: string) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
