import type { Allotment } from "../../src/shield/defence/allotment.ts";

/** What came of asking for tokens. */
export type Spent =
  | { readonly kind: "passed" }
  /** There are not enough, perhaps until then. */
  | { readonly kind: "short"; readonly retryAfterMs: number };

type Background = (work: Promise<unknown>) => void;

/** Takes tokens of a bucket that all edges share, all or none. At once in the steady state. */
export type Spend = (allotment: Allotment, cost: number, now: number, background: Background) => Spent | Promise<Spent>;
