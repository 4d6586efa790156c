import { sha256Hex } from "../../../src/adapters/web-crypto/digest.ts";

/** The prefix makes browsers hold it to this host, over TLS (RFC 6265bis, section 4.1.3.2). */
export const SESSION_COOKIE = "__Host-novacron";
const ATTRIBUTES = "Path=/; Secure; HttpOnly; SameSite=Strict";

export const sessionCookie = (secret: string, maxAgeSeconds: number): string =>
  `${SESSION_COOKIE}=${secret}; ${ATTRIBUTES}; Max-Age=${maxAgeSeconds}`;

export const noSessionCookie = `${SESSION_COOKIE}=; ${ATTRIBUTES}; Max-Age=0`;

export const readSessionCookie = (headers: Headers): string | null =>
  new RegExp(`(?:^|;\\s*)${SESSION_COOKIE}=([^;]+)`).exec(headers.get("Cookie") ?? "")?.[1] ?? null;

/**
 * What a page has to send with every write, in `X-CSRF-Token`: only one that the sign-in has answered knows it, and a
 * form of another site can send no such header. It follows from the cookie, so that nothing is stored for it.
 */
export const csrfTokenOf = (secret: string): Promise<string> => sha256Hex(`csrf ${secret}`);

/** Both are hashes of a secret that the sender does not choose, so that the time of a comparison tells nothing. */
export const isCsrfToken = async (given: string | null, secret: string): Promise<boolean> =>
  given !== null && (await sha256Hex(given)) === (await sha256Hex(await csrfTokenOf(secret)));
