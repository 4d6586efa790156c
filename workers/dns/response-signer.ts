import type { DnssecCrypto } from "../../src/dns/dnssec/crypto.ts";
import { KEY_TYPES } from "../../src/dns/dnssec/key-sets.ts";
import { signResponse } from "../../src/dns/dnssec/sign-response.ts";
import { SignatureCache } from "../../src/dns/dnssec/signature-cache.ts";
import { SERVFAIL } from "../../src/dns/rcode.ts";
import type { Response } from "../../src/dns/response.ts";
import { KeyRing, type KeyRingDeps } from "./key-ring.ts";

/** All that signing needs from outside. */
export interface ResponseSignerDeps extends KeyRingDeps {
  readonly crypto: Pick<DnssecCrypto, "sha256">;
}

/** Signs what one isolate answers, with its keys and the signatures that it has made. */
export class ResponseSigner {
  readonly #deps: ResponseSignerDeps;
  readonly #ring: KeyRing;
  readonly #cache = new SignatureCache();

  constructor(deps: ResponseSignerDeps) {
    this.#deps = deps;
    this.#ring = new KeyRing(deps);
  }

  /** At once for who wants neither signatures nor keys, which are most: then nothing is asked of anybody. */
  sign(response: Response, background: (work: Promise<unknown>) => void): Response | Promise<Response> {
    const { question, edns } = response;
    const asksForKeys = question !== null && KEY_TYPES.has(question.type);
    return edns?.dnssecOk === true || asksForKeys ? this.#sign(response, background) : response;
  }

  async #sign(response: Response, background: (work: Promise<unknown>) => void): Promise<Response> {
    const zone = await this.#ring.get(background);
    // A validator takes an answer without signatures for forged, and asks elsewhere after this.
    if (zone === null) return { ...response, rcode: SERVFAIL, answer: [], authority: [], additional: [], denial: null };
    const { crypto, now } = this.#deps;
    return signResponse(response, { zone, cache: this.#cache, crypto }, now());
  }
}
