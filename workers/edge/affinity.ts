import type { BackendId } from "../../src/table/backend.ts";
import { cookieValue } from "./cookie.ts";
import { SIGNATURE, Signer } from "./signer.ts";

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
  readonly #signer: Signer;

  constructor(secret: string) {
    this.#signer = new Signer(secret, null);
  }

  /** The backend that the request's cookie names, if it is ours and still valid. */
  async read(cookieHeader: string | undefined, service: string, now: number): Promise<string | null> {
    const value = cookieHeader && cookieValue(cookieHeader, AFFINITY_COOKIE);
    const parts = value ? VALUE.exec(value) : null;
    if (!parts) return null;
    const [, backend = "", expiry = "", signature = ""] = parts;
    if (Number(expiry) * 1000 <= now) return null;
    const valid = await this.#signer.verify(signed(service, backend, expiry), signature);
    return valid ? backend : null;
  }

  /**
   * The `Set-Cookie` that binds the client to a backend. Its path is the service's, so that services of one host do
   * not overwrite each other's; where prefixes nest, browsers send the longest first (RFC 6265, section 5.4).
   */
  async write(service: BoundService, backend: BackendId, secure: boolean, now: number): Promise<string> {
    const { id, pathPrefix, ttlSeconds } = service;
    const expiry = String(Math.floor(now / 1000) + ttlSeconds);
    const signature = await this.#signer.sign(signed(id, backend, expiry));
    // A semicolon would end the attribute, and has no escape.
    const path = pathPrefix.includes(";") ? "/" : pathPrefix;
    const attributes = `Path=${path}; Max-Age=${ttlSeconds}; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
    return `${AFFINITY_COOKIE}=${backend}.${expiry}.${signature}; ${attributes}`;
  }
}

const VALUE = new RegExp(`^([a-z0-9._-]{1,127})\\.(\\d{1,12})\\.(${SIGNATURE})$`);

const signed = (service: string, backend: string, expiry: string): string => `${service} ${backend} ${expiry}`;
