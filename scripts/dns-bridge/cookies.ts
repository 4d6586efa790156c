import { createHmac, timingSafeEqual } from "node:crypto";
import type { Ip } from "../../src/base/ip.ts";

const CLIENT_BYTES = 8;
const HASH_BYTES = 8;
/** Version, three bytes of nothing, and seconds, before the hash (RFC 9018, section 4). */
const HEAD_BYTES = 8;
const VERSION = 1;
/** How old a cookie may be, and how far ahead of this clock (RFC 9018, section 4.3). Seconds. */
const MAX_AGE_SECONDS = 3600;
const MAX_AHEAD_SECONDS = 300;

/**
 * DNS cookies (RFC 7873): a client that shows the one it was given holds its address. They are given here, as only this
 * process sees whose address it is. Laid out as in RFC 9018, though hashed by HMAC-SHA-256, which Node has: no other
 * server has to understand them.
 */
export class Cookies {
  readonly #secret: Uint8Array;

  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  /** The client's own part, and a fresh one of ours. */
  give(cookie: Uint8Array, ip: Ip, unixSeconds: number): Uint8Array {
    const head = new Uint8Array(CLIENT_BYTES + HEAD_BYTES);
    head.set(cookie.subarray(0, CLIENT_BYTES));
    head[CLIENT_BYTES] = VERSION;
    new DataView(head.buffer).setUint32(CLIENT_BYTES + 4, unixSeconds);
    return Buffer.concat([head, this.#hash(head, ip)]);
  }

  /** Whether we gave it to this address, not long ago. */
  holds(cookie: Uint8Array, ip: Ip, unixSeconds: number): boolean {
    if (cookie.length !== CLIENT_BYTES + HEAD_BYTES + HASH_BYTES) return false;
    const head = cookie.subarray(0, CLIENT_BYTES + HEAD_BYTES);
    const ageSeconds = unixSeconds - new DataView(cookie.buffer, cookie.byteOffset).getUint32(CLIENT_BYTES + 4);
    if (ageSeconds > MAX_AGE_SECONDS || ageSeconds < -MAX_AHEAD_SECONDS) return false;
    return timingSafeEqual(cookie.subarray(CLIENT_BYTES + HEAD_BYTES), this.#hash(head, ip));
  }

  #hash(head: Uint8Array, ip: Ip): Uint8Array {
    return createHmac("sha256", this.#secret).update(head).update(ip.text).digest().subarray(0, HASH_BYTES);
  }
}
