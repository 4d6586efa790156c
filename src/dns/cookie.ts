import type { Ip } from "../base/ip.ts";
import { sipHash } from "../base/siphash.ts";

/** RFC 7873, section 4.1. */
export const CLIENT_COOKIE_BYTES = 8;
/** RFC 9018, section 4: version, three reserved bytes, the time, the hash. */
const SERVER_COOKIE_BYTES = 16;
const VERSION = 1;
const HASH_BYTES = 8;

/** RFC 9018, section 4.3: how old a cookie may be, how far from the future, and from when on it is renewed. */
const MAX_AGE_SECONDS = 3600;
const MAX_AHEAD_SECONDS = 300;
const RENEW_AFTER_SECONDS = 1800;

/** A COOKIE option of a query: the client's 8 bytes, or these and 8 to 32 of a server's (RFC 7873, section 4). */
export const isCookie = ({ length }: Uint8Array): boolean => length === 8 || (length >= 16 && length <= 40);

export interface CookieCheck {
  /** The client has shown that it receives what is sent to its address. */
  readonly isProven: boolean;
  /** The COOKIE option for the response. */
  readonly reply: Uint8Array;
}

/**
 * Checks the COOKIE option of a query. Secrets have 16 bytes each; the first one makes cookies, the others, of before a
 * change of secret, are still believed. `nowSeconds` is Unix time.
 */
export function checkCookie(
  option: Uint8Array,
  client: Ip,
  secrets: readonly [Uint8Array, ...Uint8Array[]],
  nowSeconds: number,
): CookieCheck {
  const [newest] = secrets;
  const bake = () => makeCookie(option.subarray(0, CLIENT_COOKIE_BYTES), client, newest, nowSeconds);
  const head = option.subarray(0, option.length - HASH_BYTES);
  if (option.length !== CLIENT_COOKIE_BYTES + SERVER_COOKIE_BYTES || option[CLIENT_COOKIE_BYTES] !== VERSION)
    return { isProven: false, reply: bake() };
  const madeAt = new DataView(option.buffer, option.byteOffset).getUint32(CLIENT_COOKIE_BYTES + 4);
  // In the arithmetic of serial numbers (RFC 1982), so that it goes on after 2106.
  const ageSeconds = (nowSeconds - madeAt) | 0;
  const secret = secrets.find((each) => isSame(option.subarray(-HASH_BYTES), hashOf(head, client, each)));
  if (secret === undefined || ageSeconds > MAX_AGE_SECONDS || ageSeconds < -MAX_AHEAD_SECONDS)
    return { isProven: false, reply: bake() };
  const isFresh = secret === newest && ageSeconds <= RENEW_AFTER_SECONDS;
  return { isProven: true, reply: isFresh ? option : bake() };
}

function makeCookie(clientCookie: Uint8Array, client: Ip, secret: Uint8Array, nowSeconds: number): Uint8Array {
  const cookie = new Uint8Array(CLIENT_COOKIE_BYTES + SERVER_COOKIE_BYTES);
  cookie.set(clientCookie);
  cookie[CLIENT_COOKIE_BYTES] = VERSION;
  new DataView(cookie.buffer).setUint32(CLIENT_COOKIE_BYTES + 4, nowSeconds);
  cookie.set(hashOf(cookie.subarray(0, -HASH_BYTES), client, secret), cookie.length - HASH_BYTES);
  return cookie;
}

/** Over the client's cookie, version, reserved bytes, time and address (RFC 9018, section 4.4). */
function hashOf(head: Uint8Array, client: Ip, secret: Uint8Array): Uint8Array {
  const words = client.family === 4 ? [client.word] : client.words;
  const message = new DataView(new ArrayBuffer(head.length + words.length * 4));
  new Uint8Array(message.buffer).set(head);
  for (const [i, word] of words.entries()) message.setUint32(head.length + i * 4, word);
  return sipHash(secret, new Uint8Array(message.buffer));
}

/** Without telling by its time how much is right. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  let difference = 0;
  for (const [i, byte] of a.entries()) difference |= byte ^ (b[i] as number);
  return difference === 0;
}
