import type { BackendId } from "../../src/table/backend.ts";

export const AFFINITY_COOKIE = "novacron_affinity";

/** What a cookie takes from the service that it is for. */
export interface BoundService {
  readonly id: string;
  readonly pathPrefix: string;
  readonly ttlSeconds: number;
}

/**
 * Cookies that bind a client to a backend: `backend.expiry.signature`, the expiry in Unix seconds and the signature
 * an HMAC-SHA-256 (RFC 2104) over service, backend and expiry, so that a client can neither choose a backend nor
 * carry a binding to another service.
 */
export class AffinityCookies {
  readonly #secret: string;
  #key: CryptoKey | null = null;

  constructor(secret: string) {
    this.#secret = secret;
  }

  /** The backend that the request's cookie names, if it is ours and still valid. */
  async read(cookieHeader: string | undefined, service: string, now: number): Promise<string | null> {
    const value = cookieHeader && cookieValue(cookieHeader, AFFINITY_COOKIE);
    const parts = value ? /^([a-z0-9._-]{1,127})\.(\d{1,12})\.([0-9A-Za-z_-]{43})$/.exec(value) : null;
    if (!parts) return null;
    const [, backend = "", expiry = "", signature = ""] = parts;
    if (Number(expiry) * 1000 <= now) return null;
    const bytes = Uint8Array.from(atob(signature.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    const valid = await crypto.subtle.verify("HMAC", await this.#importKey(), bytes, signed(service, backend, expiry));
    return valid ? backend : null;
  }

  /**
   * The `Set-Cookie` that binds the client to a backend. Its path is the service's, so that services of one host do
   * not overwrite each other's; where prefixes nest, browsers send the longest first (RFC 6265, section 5.4).
   */
  async write(service: BoundService, backend: BackendId, secure: boolean, now: number): Promise<string> {
    const { id, pathPrefix, ttlSeconds } = service;
    const expiry = String(Math.floor(now / 1000) + ttlSeconds);
    const mac = await crypto.subtle.sign("HMAC", await this.#importKey(), signed(id, backend, expiry));
    const signature = btoa(String.fromCharCode(...new Uint8Array(mac)))
      .replaceAll("+", "-")
      .replaceAll("/", "_")
      .replaceAll("=", "");
    // A semicolon would end the attribute, and has no escape.
    const path = pathPrefix.includes(";") ? "/" : pathPrefix;
    const attributes = `Path=${path}; Max-Age=${ttlSeconds}; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
    return `${AFFINITY_COOKIE}=${backend}.${expiry}.${signature}; ${attributes}`;
  }

  async #importKey(): Promise<CryptoKey> {
    // Kept when it is there, since a promise belongs to the request that made it.
    this.#key ??= await crypto.subtle.importKey(
      "raw",
      new TextEncoder().encode(this.#secret),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["sign", "verify"],
    );
    return this.#key;
  }
}

const signed = (service: string, backend: string, expiry: string): Uint8Array =>
  new TextEncoder().encode(`${service} ${backend} ${expiry}`);

function cookieValue(header: string, name: string): string | null {
  for (const pair of header.split(";")) {
    const [key, value] = pair.trim().split("=", 2);
    if (key === name) return value ?? null;
  }
  return null;
}
