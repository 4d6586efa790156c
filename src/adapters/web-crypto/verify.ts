/** Whether an Ed25519 signature (RFC 8032) of a text is the public key's; both in base64url. */
export async function verifyEd25519(publicKey: string, statement: string, signature: string): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey("raw", fromBase64Url(publicKey), "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", key, fromBase64Url(signature), new TextEncoder().encode(statement));
  } catch {
    // No key, or no signature, of this length.
    return false;
  }
}

const fromBase64Url = (text: string) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
