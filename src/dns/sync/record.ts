/** A record as another provider's zone can hold it. */
export interface PlainRecord {
  /** In lower case, without the dot at its end. */
  readonly name: string;
  /** Such as `MX`. */
  readonly type: string;
  readonly ttlSeconds: number;
  /** In presentation form, as `canonicalValue` writes it: `10 mail.novacron.io`. */
  readonly value: string;
}

/** A record that is in the provider's zone. */
export interface ProviderRecord extends PlainRecord {
  /** The provider's. */
  readonly id: string;
  /** What we wrote beside it; `null` where somebody else made it, and then it is left alone. */
  readonly mark: string | null;
  /** Clients get the provider's addresses instead of this one. What we write never is. */
  readonly isProxied: boolean;
}
