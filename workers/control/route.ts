import { z } from "zod";
import type { Actor } from "../../durable-objects/routing-table/api.ts";
import type { Result } from "../../src/base/result.ts";
import type { ControlDeps } from "./deps.ts";
import type { Precondition } from "./precondition.ts";
import type { Permission } from "./principal.ts";
import type { Refusal } from "./refusal.ts";
import type { TableReader } from "./table-reader.ts";

/** One operation of the API. An operation without a permission cannot be written down. */
export interface Route<Query = unknown, Body = unknown> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/api/v1`, as Hono writes paths. */
  readonly path: string;
  readonly permission: Permission;
  /** What it does, in a few words. */
  readonly summary: string;
  /** What the summary does not say, in whole sentences. */
  readonly description?: string;
  /** Shows the table's epoch as an entity tag; a write can be bound to one by `If-Match`. */
  readonly versioned?: true;
  readonly query: z.ZodType<Query>;
  /** `null` takes no body; one that comes along is not read. */
  readonly body: z.ZodType<Body> | null;
  /** What it answers when all is well; `null` is an answer without a body. */
  readonly reply: z.ZodType | null;
  /** The statuses of that answer. */
  readonly statuses: readonly Answer["status"][];
  /** Refusals of its own, beside those that the doors make. */
  readonly refusals?: readonly Refusal["kind"][];
  // A method, not a property: its parameter is then bivariant, so that routes of all bodies fit in one table.
  handle(call: Call<Query, Body>): Promise<Result<Answer, Refusal>>;
}

/** A request that has passed every door. */
export interface Call<Query = unknown, Body = unknown> {
  readonly deps: ControlDeps;
  readonly tables: TableReader;
  readonly actor: Actor;
  readonly ifMatch: Precondition;
  readonly query: Query;
  readonly body: Body;
  /** A part of the path, percent-decoded. */
  param(name: string): string;
}

export interface Answer {
  readonly status: 200 | 201 | 204;
  readonly body?: unknown;
  /** The table's epoch that the answer shows; it becomes the entity tag. */
  readonly epoch?: number;
  readonly location?: string;
}

type Declaration<Query, Body> = Pick<
  Route,
  "method" | "path" | "permission" | "summary" | "description" | "versioned" | "reply" | "refusals"
> & {
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  readonly statuses?: Route["statuses"];
  readonly handle: (call: Call<Query, Body>) => Promise<Result<Answer, Refusal>>;
};

/**
 * Declares a route; without `query` it takes no parameters, without `body` no body, and it answers 200 unless
 * `statuses` says otherwise, or 204 when it has no reply.
 */
export function route<Query = unknown, Body = unknown>(declaration: Declaration<Query, Body>): Route {
  return { query: noQuery, body: null, statuses: [declaration.reply === null ? 204 : 200], ...declaration };
}

const noQuery = z.strictObject({});

export const API_ROOT = "/api/v1";
