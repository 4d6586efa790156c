import type { RoutingTableApi } from "../../durable-objects/routing-table/api.ts";
import type { Demand } from "../../src/simulation/population.ts";
import type { AnswerStore } from "./idempotency.ts";
import type { Rates } from "./rate-limit.ts";
import type { HealthPoint } from "./schema/health.ts";

/** What the control API asks of the routing table. */
export type ControlTable = Pick<
  RoutingTableApi,
  "snapshot" | "page" | "verdicts" | "plan" | "apply" | "history" | "rollback"
>;

/** All that the control API touches outside itself. */
export interface ControlDeps {
  readonly table: ControlTable;
  /** The kept health of a region's backends since a time, newest first. */
  readonly regionHistory: (region: string, since: number, limit: number) => Promise<readonly KeptHealth[]>;
  /** The requests that the edges have counted since a time (Unix milliseconds), by colo, country and service. */
  readonly demandSince: (since: number) => Promise<readonly Demand[]>;
  readonly answers: AnswerStore;
  /** The dashboard's files. */
  readonly assets: (request: Request) => Promise<Response>;
  readonly adminToken: string;
  readonly rates: Rates;
  /** Compares in constant time; both have the same length. */
  readonly sameBytes: (a: ArrayBuffer, b: ArrayBuffer) => boolean;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly newRequestId: () => string;
  readonly log: (event: LogEvent) => void;
}

/** As it is kept: `at` is in Unix milliseconds. */
type KeptHealth = Omit<HealthPoint, "at"> & { readonly at: number };

export interface LogEvent {
  readonly level: "warn" | "error";
  readonly message: string;
  readonly requestId: string;
  readonly cause: unknown;
}
