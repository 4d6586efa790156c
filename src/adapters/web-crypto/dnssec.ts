import type { DnssecCrypto, Sign } from "../../dns/dnssec/crypto.ts";

const P256 = { name: "ECDSA", namedCurve: "P-256" };
const ECDSA = { name: "ECDSA", hash: "SHA-256" };
/** A point that is not compressed begins so (SEC 1, section 2.3.3); DNSKEY leaves it away. */
const UNCOMPRESSED = 4;

export const webDnssecCrypto: DnssecCrypto = {
  sha256: async (octets) => new Uint8Array(await crypto.subtle.digest("SHA-256", octets.slice())),
  async verify(publicKey, signature, octets) {
    try {
      const point = Uint8Array.of(UNCOMPRESSED, ...publicKey);
      const key = await crypto.subtle.importKey("raw", point, P256, false, ["verify"]);
      return await crypto.subtle.verify(ECDSA, key, signature.slice(), octets.slice());
    } catch {
      // No point on the curve.
      return false;
    }
  },
};

/** A key as it is made: x and y, and the private part in PKCS #8. */
export interface MadeKey {
  readonly publicKey: Uint8Array;
  readonly pkcs8: Uint8Array<ArrayBuffer>;
}

export async function makeSigningKey(): Promise<MadeKey> {
  const made = await crypto.subtle.generateKey(P256, true, ["sign", "verify"]);
  // The types of workerd do not tell by the algorithm that it is a pair.
  if (!("privateKey" in made)) throw new Error("the runtime made one key instead of a pair");
  const [point, pkcs8] = await Promise.all([
    crypto.subtle.exportKey("raw", made.publicKey),
    crypto.subtle.exportKey("pkcs8", made.privateKey),
  ]);
  return { publicKey: new Uint8Array(point as ArrayBuffer).subarray(1), pkcs8: new Uint8Array(pkcs8 as ArrayBuffer) };
}

/** WebCrypto's signatures are r and s as DNSSEC has them, not DER. */
export async function signerOf(pkcs8: Uint8Array<ArrayBuffer>): Promise<Sign> {
  const key = await crypto.subtle.importKey("pkcs8", pkcs8, P256, false, ["sign"]);
  return async (octets) => new Uint8Array(await crypto.subtle.sign(ECDSA, key, octets.slice()));
}
