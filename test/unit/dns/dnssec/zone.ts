import { makeSigningKey, signerOf } from "../../../../src/adapters/web-crypto/dnssec.ts";
import type { KeyRole } from "../../../../src/dns/dnssec/dnskey.ts";
import type { SigningKey } from "../../../../src/dns/dnssec/sign-set.ts";
import { tagOf } from "../../../../src/dns/dnssec/zone-key.ts";
import { type Name, parseName } from "../../../../src/dns/name.ts";

export function name(text: string): Name {
  const parsed = parseName(text);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

export const base64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

/** A key that is active since `at` (Unix milliseconds), of a zone that has nothing else planned. */
export async function signingKey(role: KeyRole, at: number): Promise<SigningKey> {
  const { publicKey, pkcs8 } = await makeSigningKey();
  return {
    role,
    tag: tagOf(role, publicKey),
    publicKey,
    publishedAt: at,
    activeAt: at,
    dsDueAt: role === "ksk" ? at : null,
    dsSeenAt: role === "ksk" ? at : null,
    retiredAt: null,
    removedAt: null,
    sign: await signerOf(pkcs8),
  };
}
