/** Characters of a signature: 32 bytes in base64url without padding (RFC 4648, section 5). */
export const SIGNATURE = "[0-9A-Za-z_-]{43}";

/** By what makes it, since platforms name it differently. */
type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/**
 * Signs texts for ourselves: HMAC-SHA-256 (RFC 2104). With a purpose its key is derived from the secret by HKDF (RFC
 * 5869), so that what is signed for one purpose never holds for another.
 */
export class Signer {
  readonly #secret: string;
  readonly #purpose: string | null;
  #key: Key | null = null;

  constructor(secret: string, purpose: string | null) {
    this.#secret = secret;
    this.#purpose = purpose;
  }

  async sign(text: string): Promise<string> {
    const mac = await crypto.subtle.sign("HMAC", await this.#importKey(), encode(text));
    return btoa(String.fromCharCode(...new Uint8Array(mac)))
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replaceAll("=", "");
  }

  /** Takes the same time whatever is wrong. The signature must look like one. */
  async verify(text: string, signature: string): Promise<boolean> {
    const binary = atob(signature.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    return crypto.subtle.verify("HMAC", await this.#importKey(), bytes, encode(text));
  }

  async #importKey(): Promise<Key> {
    // Kept when it is there, since a promise belongs to the request that made it.
    this.#key ??= await keyOf(this.#secret, this.#purpose);
    return this.#key;
  }
}

const HMAC = { name: "HMAC", hash: "SHA-256" };

async function keyOf(secret: string, purpose: string | null): Promise<Key> {
  const raw = encode(secret);
  if (purpose === null) return crypto.subtle.importKey("raw", raw, HMAC, false, ["sign", "verify"]);
  const base = await crypto.subtle.importKey("raw", raw, "HKDF", false, ["deriveKey"]);
  const hkdf = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: encode(purpose) };
  return crypto.subtle.deriveKey(hkdf, base, { ...HMAC, length: 256 }, false, ["sign", "verify"]);
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
