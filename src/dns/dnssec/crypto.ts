/** What signing and checking need of cryptography. Passed in: `src` has no platform. */
export interface DnssecCrypto {
  sha256(octets: Uint8Array): Promise<Uint8Array>;
  /** Whether an ECDSA signature on P-256 with SHA-256 holds: `publicKey` is x and y, `signature` r and s. */
  verify(publicKey: Uint8Array, signature: Uint8Array, octets: Uint8Array): Promise<boolean>;
}

/** ECDSA on P-256 with SHA-256: r and s, 64 octets (RFC 6605, section 4). */
export type Sign = (octets: Uint8Array) => Promise<Uint8Array>;
