import { toUtf8 } from "../../base/utf8.ts";

/** 96 bits, as section 5.2.1.1 recommends; random, for far fewer than the 2^32 secrets of section 8.3. */
const IV_BYTES = 12;

type AesKey = Awaited<ReturnType<typeof deriveKey>>;

/**
 * Seals octets for keeping, by AES-256-GCM (NIST SP 800-38D) under a key that a deployment's secret stands for. What is
 * kept is of no use without the secret, and what was sealed for one owner does not open for another.
 */
export class SealingKey {
  readonly #key: AesKey;

  private constructor(key: AesKey) {
    this.#key = key;
  }

  /** `use` tells apart the keys that one secret stands for. */
  static async from(secret: string, use: string): Promise<SealingKey> {
    return new SealingKey(await deriveKey(secret, use));
  }

  /** The initialization vector, then what was sealed. */
  async seal(octets: Uint8Array, owner: string): Promise<Uint8Array> {
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const sealed = await crypto.subtle.encrypt(parameters(iv, owner), this.#key, octets.slice());
    return Uint8Array.of(...iv, ...new Uint8Array(sealed));
  }

  /** `null` where another secret sealed it, or for another owner, or it was altered. */
  async open(sealed: Uint8Array, owner: string): Promise<Uint8Array<ArrayBuffer> | null> {
    const [iv, octets] = [sealed.slice(0, IV_BYTES), sealed.slice(IV_BYTES)];
    try {
      return new Uint8Array(await crypto.subtle.decrypt(parameters(iv, owner), this.#key, octets));
    } catch {
      return null;
    }
  }
}

const parameters = (iv: Uint8Array<ArrayBuffer>, owner: string) => ({
  name: "AES-GCM",
  iv,
  additionalData: toUtf8(owner),
});

async function deriveKey(secret: string, use: string) {
  const material = await crypto.subtle.importKey("raw", toUtf8(secret), "HKDF", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(hkdf(use), material, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

/** A name for a key, which says nothing of it. */
export async function nameKey(secret: string, use: string, bytes: number): Promise<Uint8Array> {
  const material = await crypto.subtle.importKey("raw", toUtf8(secret), "HKDF", false, ["deriveBits"]);
  return new Uint8Array(await crypto.subtle.deriveBits(hkdf(`${use} id`), material, bytes * 8));
}

/** RFC 5869, with another `info` for each thing that is derived. */
const hkdf = (info: string) => ({ name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: toUtf8(info) });
