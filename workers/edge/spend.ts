import type { Allotment } from "../../src/shield/defence/allotment.ts";

/** What came of asking for tokens. */
export interface Spent {
  readonly passes: boolean;
  /** Until there may be some; 0 where there were. */
  readonly retryAfterMs: number;
}

type Background = (work: Promise<unknown>) => void;

/** Takes tokens of an allotment, all or none. At once in the steady state. */
export type Spend = (allotment: Allotment, cost: number, now: number, background: Background) => Spent | Promise<Spent>;
