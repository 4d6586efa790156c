const NONCE_BYTES = 12;

type VaultKey = Awaited<ReturnType<typeof deriveKey>>;

/**
 * Seals private keys for storage, by AES-256-GCM under a key that a deployment's secret stands for (HKDF, RFC 5869).
 * What is stored is of no use without the secret, and what was sealed for one purpose opens for no other.
 */
export class KeyVault {
  readonly #key: VaultKey;

  private constructor(key: VaultKey) {
    this.#key = key;
  }

  static async from(secret: string): Promise<KeyVault> {
    return new KeyVault(await deriveKey(secret));
  }

  /** A nonce, then what was sealed. */
  async seal(octets: Uint8Array<ArrayBuffer>, purpose: string): Promise<Uint8Array> {
    const iv = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    const sealed = await crypto.subtle.encrypt(gcm(iv, purpose), this.#key, octets);
    return Uint8Array.of(...iv, ...new Uint8Array(sealed));
  }

  /** `null` where another secret sealed it, or for another purpose, or it was altered. */
  async open(sealed: Uint8Array<ArrayBuffer>, purpose: string): Promise<Uint8Array<ArrayBuffer> | null> {
    const [iv, octets] = [sealed.slice(0, NONCE_BYTES), sealed.slice(NONCE_BYTES)];
    try {
      return new Uint8Array(await crypto.subtle.decrypt(gcm(iv, purpose), this.#key, octets));
    } catch {
      return null;
    }
  }
}

const gcm = (iv: Uint8Array<ArrayBuffer>, purpose: string) => ({
  name: "AES-GCM",
  iv,
  additionalData: new TextEncoder().encode(purpose),
});

async function deriveKey(secret: string) {
  const text = new TextEncoder();
  const material = await crypto.subtle.importKey("raw", text.encode(secret), "HKDF", false, ["deriveKey"]);
  const hkdf = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: text.encode("novacron dnssec keys") };
  return crypto.subtle.deriveKey(hkdf, material, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}
