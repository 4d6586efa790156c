import { toHex } from "../../src/base/hex.ts";
import type { Sign } from "../../src/dns/dnssec/crypto.ts";
import { PROPAGATION_SECONDS } from "../../src/dns/dnssec/delays.ts";
import type { KeptZone, KeyStore } from "../../src/dns/dnssec/key-store.ts";
import type { SignedZone, SigningKey } from "../../src/dns/dnssec/sign-set.ts";
import { isSigned } from "../../src/dns/dnssec/zone-key.ts";
import type { Name } from "../../src/dns/name.ts";
import type { ColoCache } from "../shared-replies.ts";
import type { ZoneKeys } from "../zone-keys.ts";
import { readShared } from "./shared-keys.ts";

/** Keys that are read are used as they are for so long; then on while one reading of newer ones runs. */
const FRESH_MS = 60_000;
/** Where a reading has failed, or found nothing newer, the next one waits so long. */
const RETRY_MS = 5000;

/** All that a key ring needs from outside. */
export interface KeyRingDeps {
  readonly store: Pick<KeyStore, "all">;
  readonly coloCache: ColoCache;
  /** `null` where the deployment has no secret for them: then no zone is signed. */
  readonly keys: Pick<ZoneKeys, "open"> | null;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Why keys could not be read. */
  readonly log: (cause: unknown) => void;
}

/** The zones that are signed, as one isolate has read their keys. */
export type Keys = (apex: Name) => SignedZone | null;

interface Read {
  readonly at: number;
  readonly zones: ReadonlyMap<Name, SignedZone>;
  /** By public key: opening one takes as long as signing, and of a key only its times ever change. */
  readonly opened: ReadonlyMap<string, Sign>;
}

/**
 * The keys of an isolate. Never used when they were read more than `PROPAGATION_SECONDS` ago: a rollover counts on it,
 * and no answer is better than one that is taken for forged.
 */
export class KeyRing {
  readonly #deps: KeyRingDeps;
  #read: Read | null = null;
  #triedAt = Number.NEGATIVE_INFINITY;

  constructor(deps: KeyRingDeps) {
    this.#deps = deps;
  }

  /** At once in the steady state. `null` when the keys are not known, so that nobody can tell which zones are signed. */
  get(background: (work: Promise<unknown>) => void): Keys | Promise<Keys | null> {
    if (this.#deps.keys === null) return () => null;
    const known = this.#known();
    if (known === null) return this.#renewed();
    const now = this.#deps.now();
    if (now - known.at > FRESH_MS && now - this.#triedAt > RETRY_MS) background(this.#renew());
    return this.#keysOf(known);
  }

  #known(): Read | null {
    const isUsable = this.#read !== null && this.#deps.now() - this.#read.at <= PROPAGATION_SECONDS * 1000;
    return isUsable ? this.#read : null;
  }

  async #renewed(): Promise<Keys | null> {
    await this.#renew();
    const known = this.#known();
    return known === null ? null : this.#keysOf(known);
  }

  #keysOf({ zones }: Read): Keys {
    const now = this.#deps.now();
    return (apex) => {
      const zone = zones.get(apex);
      return zone !== undefined && isSigned(zone.keys, now) ? zone : null;
    };
  }

  /** A reading that fails leaves what there is. */
  async #renew(): Promise<void> {
    const { coloCache, store, now, log } = this.#deps;
    this.#triedAt = now();
    try {
      const { readAt, zones } = await readShared(coloCache, store, now);
      const opened = new Map<string, Sign>();
      const signed = await Promise.all(zones.map((zone) => this.#open(zone, opened)));
      // Of two readings at once, the one that began first may end last.
      if (this.#read === null || readAt >= this.#read.at)
        this.#read = { at: readAt, zones: new Map(signed.map((zone) => [zone.apex, zone])), opened };
    } catch (error) {
      log(error);
    }
  }

  async #open({ zone, keys }: KeptZone, opened: Map<string, Sign>): Promise<SignedZone> {
    const signing = keys.map(async ({ sealed, ...key }): Promise<SigningKey> => {
      const known = toHex(key.publicKey);
      const sign = this.#read?.opened.get(known) ?? (await this.#deps.keys?.open(zone, { ...key, sealed }))?.sign;
      if (sign === undefined) throw new Error(`DNSSEC_KEY does not open the ${key.role} ${key.tag} of ${zone}`);
      opened.set(known, sign);
      return { ...key, sign };
    });
    return { apex: zone, keys: await Promise.all(signing) };
  }
}
