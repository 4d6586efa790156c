import type { Failovers } from "../../src/table/failover.ts";
import type { Health } from "../../src/table/table.ts";
import type { Client } from "./clients.ts";
import type { Configuration } from "./configuration.ts";
import type { Exchange } from "./network.ts";

/** An isolate's name is told anew after a restart, so that each life is judged by itself. */
export type IsolateId = string;

/** One request of a client, as those who judge see it. */
export interface Errand {
  readonly number: number;
  readonly isolate: IsolateId;
  /** How far the isolate's clock is ahead. */
  readonly skewMs: number;
  readonly client: Client;
  readonly service: string;
}

/** What can be seen from outside, in order. Times are virtual Unix milliseconds. */
export type Observation =
  | { readonly kind: "isolate-started"; readonly isolate: IsolateId }
  | { readonly kind: "isolate-ended"; readonly isolate: IsolateId }
  /** The configuration as of an epoch, when the table first has it and after each restart. */
  | { readonly kind: "table"; readonly epoch: number; readonly configuration: Configuration }
  | {
      readonly kind: "rolled-back";
      readonly to: number;
      /** As the table had it until then, and what came of it. */
      readonly before: Configuration;
      readonly configuration: Configuration;
      /** By the clock of the table. */
      readonly tableNow: number;
    }
  /** Whoever asked for the change of this epoch has been told that it is done. */
  | { readonly kind: "acknowledged"; readonly epoch: number }
  | { readonly kind: "request"; readonly errand: Errand }
  /** What an isolate decides a request from. */
  | ({ readonly kind: "view"; readonly request: number | null; readonly isolate: IsolateId } & Viewed)
  /** A request goes out to a backend. */
  | { readonly kind: "try"; readonly request: number; readonly backend: string }
  | { readonly kind: "try-failed"; readonly isolate: IsolateId; readonly backend: string; readonly isolateNow: number }
  /** A client has its answer; one of the edge's own is a problem that it made. */
  | { readonly kind: "answered"; readonly request: number; readonly status: number; readonly isOwn: boolean }
  /** An isolate tells the monitor of backends that it has just ejected. */
  | { readonly kind: "suspicion"; readonly isolate: IsolateId; readonly backends: readonly string[] }
  /** An isolate asks somebody, and has its answer or the news that none will come. */
  | { readonly kind: "asked"; readonly exchange: Exchange }
  | { readonly kind: "told"; readonly exchange: Exchange; readonly answered: boolean }
  /** Something begins to go wrong, or is put right. */
  | { readonly kind: "fate"; readonly words: string }
  /** Failures of regions that are not over: incidents by what is known in D1, and failovers. */
  | { readonly kind: "unsettled"; readonly matters: readonly string[] }
  /** What is done about attacks, and attacks that are not over, by the table and the mitigator. */
  | { readonly kind: "defended"; readonly matters: readonly string[] }
  /** An object has lost its memory. */
  | { readonly kind: "restarted"; readonly object: string }
  | { readonly kind: "crashed"; readonly request: number }
  /** After each event: the epoch that an isolate holds. */
  | { readonly kind: "rest"; readonly epochOf: (isolate: IsolateId) => number | null };

interface Viewed {
  readonly epoch: number;
  readonly health: Health;
  readonly failovers: Failovers;
}

/** Something that must always hold. It judges by what it has been shown, and by nothing inside of who is judged. */
export interface Invariant {
  readonly name: string;
  /** The evidence when it is violated, in words; else `null`. */
  see(observation: Observation, at: number): string | null;
}
