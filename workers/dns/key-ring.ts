import { PROPAGATION_SECONDS } from "../../src/dns/dnssec/delays.ts";
import type { KeptZone, KeyStore } from "../../src/dns/dnssec/key-store.ts";
import type { SignedZone, SigningKey } from "../../src/dns/dnssec/sign-set.ts";
import { isSigned } from "../../src/dns/dnssec/zone-key.ts";
import type { Name } from "../../src/dns/name.ts";
import type { ZoneKeys } from "../zone-keys.ts";

/** Keys that are read are used as they are for so long; then on while one reading of newer ones runs. */
const FRESH_MS = 60_000;

/** All that a key ring needs from outside. */
export interface KeyRingDeps {
  readonly store: Pick<KeyStore, "all">;
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
}

/**
 * The keys of an isolate. Never used when they were read more than `PROPAGATION_SECONDS` ago: a rollover counts on it,
 * and no answer is better than one that is taken for forged.
 */
export class KeyRing {
  readonly #deps: KeyRingDeps;
  readonly #opened = new Map<string, SigningKey>();
  #read: Read | null = null;
  #isReading = false;

  constructor(deps: KeyRingDeps) {
    this.#deps = deps;
  }

  /** At once in the steady state. `null` when the keys are not known, so that nobody can tell which zones are signed. */
  get(background: (work: Promise<unknown>) => void): Keys | Promise<Keys | null> {
    if (this.#deps.keys === null) return () => null;
    const ageMs = this.#read === null ? Number.POSITIVE_INFINITY : this.#deps.now() - this.#read.at;
    if (this.#read === null || ageMs > PROPAGATION_SECONDS * 1000) return this.#renew().then(() => this.#known());
    if (ageMs > FRESH_MS && !this.#isReading) background(this.#renew());
    return this.#keysOf(this.#read);
  }

  #known(): Keys | null {
    const { now } = this.#deps;
    const isUsable = this.#read !== null && now() - this.#read.at <= PROPAGATION_SECONDS * 1000;
    return isUsable && this.#read !== null ? this.#keysOf(this.#read) : null;
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
    const at = this.#deps.now();
    this.#isReading = true;
    try {
      const kept = await this.#deps.store.all();
      const zones = await Promise.all(kept.map((zone) => this.#open(zone)));
      this.#read = { at, zones: new Map(zones.map((zone) => [zone.apex, zone])) };
    } catch (error) {
      this.#deps.log(error);
    } finally {
      this.#isReading = false;
    }
  }

  async #open({ zone, keys }: KeptZone): Promise<SignedZone> {
    const opened = await Promise.all(
      keys.map(async (key) => {
        const name = `${zone} ${key.role} ${key.tag}`;
        // Opening takes as long as signing, and only the times of a key ever change.
        const sign = this.#opened.get(name)?.sign ?? (await this.#deps.keys?.open(zone, key))?.sign;
        if (sign === undefined) throw new Error(`DNSSEC_KEY does not open the ${key.role} ${key.tag} of ${zone}`);
        const { sealed: _sealed, ...known } = key;
        const whole = { ...known, sign };
        this.#opened.set(name, whole);
        return whole;
      }),
    );
    return { apex: zone, keys: opened };
  }
}
