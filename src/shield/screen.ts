import type { Facts } from "../request/facts.ts";
import type { Snapshot } from "../table/snapshot.ts";

declare const screened: unique symbol;

/** Facts of a request that may be served. Only `screen` makes them. */
export type Screened = Facts & { readonly [screened]: true };

export interface Blocked {
  readonly kind: "blocked";
  /** The network of the blacklist that holds the client. */
  readonly cidr: string;
  /** Unix milliseconds; `null` never ends. */
  readonly expiresAt: number | null;
}

/** Refuses clients on the blacklist, unless they are on the allowlist. Expired entries have no effect. */
export function screen(snapshot: Snapshot, facts: Facts, now: number): Screened | Blocked {
  const blocking = snapshot.blacklist.find(facts.client, now);
  if (!blocking || snapshot.allowlist.find(facts.client, now)) return facts as Screened;
  const { cidr, endsAt } = blocking;
  return { kind: "blocked", cidr, expiresAt: endsAt === Number.POSITIVE_INFINITY ? null : endsAt };
}
