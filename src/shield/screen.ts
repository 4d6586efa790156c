import type { Facts } from "../request/facts.ts";
import type { AddressRule } from "../table/address-rule.ts";
import type { Snapshot } from "../table/snapshot.ts";

declare const screened: unique symbol;

/** Facts of a request that may be served. Only `screen` makes them. */
export type Screened = Facts & { readonly [screened]: true };

export interface Blocked {
  readonly kind: "blocked";
  /** The network of the blacklist that holds the client. */
  readonly cidr: string;
  readonly rule: AddressRule;
}

/** Refuses clients on the blacklist, unless they are on the allowlist. Expired entries have no effect. */
export function screen(snapshot: Snapshot, facts: Facts, now: number): Screened | Blocked {
  const live = (rule: AddressRule) => rule.expiresAt === null || rule.expiresAt > now;
  const blocking = snapshot.blacklist.find(facts.client, live);
  if (!blocking || snapshot.allowlist.find(facts.client, live)) return facts as Screened;
  return { kind: "blocked", cidr: blocking.cidr.text, rule: blocking.value };
}
