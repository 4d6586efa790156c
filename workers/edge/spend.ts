import type { SharedBucket } from "../../src/shield/limit/spec.ts";
import type { Background } from "../background.ts";

/** What came of asking for tokens. */
export type Spent =
  | { readonly kind: "passed" }
  /** There are not enough, perhaps until then. */
  | { readonly kind: "short"; readonly retryAfterMs: number };

export const PASSED: Spent = { kind: "passed" };

/** Tokens of buckets that all edges share. */
export interface Leases {
  /**
   * Takes all or none. At once in the steady state. `unixMs` is when the request came: what it waits for all its buckets
   * together ends 250 ms later.
   */
  spend(bucket: SharedBucket, cost: number, unixMs: number, background: Background): Spent | Promise<Spent>;
}
