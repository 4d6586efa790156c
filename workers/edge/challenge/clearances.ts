import { clearanceClaim, type Holder, holderOf } from "../../../src/shield/challenge/holder.ts";
import type { Screened } from "../../../src/shield/screen.ts";
import { cookieValue } from "../cookie.ts";
import { SIGNATURE, type Signer } from "../signer.ts";

/** Of a service, whose id has no character that the name of a cookie may not have. */
export const CLEARANCE_COOKIE = "novacron_clearance_";

const VALUE = new RegExp(`^(\\d{1,12})\\.(${SIGNATURE})$`);

/**
 * Cookies of clients that have met a challenge: `until.signature`, in Unix seconds. One holds for a service, a network
 * and a user agent, so that it is worth nothing to those far away.
 */
export class Clearances {
  readonly #signer: Signer;

  constructor(signer: Signer) {
    this.#signer = signer;
  }

  /** Whether the client has met a challenge of the service, and not too long ago. */
  async holds(facts: Screened, service: string, now: number): Promise<boolean> {
    const { cookie } = facts.fields;
    const value = cookie === undefined ? null : cookieValue(cookie, CLEARANCE_COOKIE + service);
    const parts = value === null ? null : VALUE.exec(value);
    if (!parts) return false;
    const [, until = "", signature = ""] = parts;
    if (Number(until) * 1000 <= now) return false;
    return this.#signer.verify(clearanceClaim(service, Number(until), holderOf(facts)), signature);
  }

  /** The `Set-Cookie` of a clearance that ends at `until`, Unix seconds: always the same for the same holder and end. */
  async write(service: string, until: number, holder: Holder, isSecure: boolean): Promise<string> {
    const signature = await this.#signer.sign(clearanceClaim(service, until, holder));
    const expires = new Date(until * 1000).toUTCString();
    const attributes = `Path=/; Expires=${expires}; HttpOnly; SameSite=Lax${isSecure ? "; Secure" : ""}`;
    return `${CLEARANCE_COOKIE}${service}=${until}.${signature}; ${attributes}`;
  }
}
