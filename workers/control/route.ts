import { z } from "zod";
import type { Actor } from "../../durable-objects/routing-table/api.ts";
import type { AuditPrincipal } from "../../src/audit/entry.ts";
import type { Permission } from "../../src/auth/permission.ts";
import type { Ip } from "../../src/base/ip.ts";
import type { Result } from "../../src/base/result.ts";
import type { Change } from "../../src/table/change.ts";
import type { ControlDeps } from "./deps.ts";
import type { Precondition } from "./precondition.ts";
import type { Principal } from "./principal.ts";
import type { Refusal } from "./refusal.ts";
import type { TableReader } from "./table-reader.ts";

/** What a caller needs: a permission, to be somebody at all and concern oneself only, or nothing. */
export type Need = Permission | "oneself" | "anyone";

/**
 * Records that an operation begins, and for whom, if that was not known before: an operation that cannot be recorded
 * does not happen.
 */
export type Begin = (by?: AuditPrincipal) => Promise<Result<null, Refusal>>;

/** One operation of the API. An operation without a permission cannot be written down. */
export interface Route<Query = unknown, Body = unknown> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below `/api/v1`, as Hono writes paths. */
  readonly path: string;
  readonly permission: Need;
  /** Marks what asks for a second factor that was just used. */
  readonly stepUp?: true;
  /** A read that the audit log keeps all the same: of secrets, and of the log itself. */
  readonly isRecorded?: true;
  /** What it does, in a few words. */
  readonly summary: string;
  /** What the summary does not say, in whole sentences. */
  readonly description?: string;
  /** Shows the table's epoch as an entity tag; a write can be bound to one by `If-Match`. */
  readonly versioned?: true;
  /** Says in `Location` where what it has made is. */
  readonly located?: true;
  readonly query: z.ZodType<Query>;
  /** `null` takes no body; one that comes along is not read. */
  readonly body: z.ZodType<Body> | null;
  /** What it answers when all is well; `null` is an answer without a body. */
  readonly reply: z.ZodType | null;
  /** Of the reply. */
  readonly contentType: "application/json" | "application/jsonl";
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
  readonly principal: Principal;
  /** What the route needs. */
  readonly permission: Need;
  readonly address: Ip;
  /** Where the caller believes to be: `https://control.example.com`. */
  readonly origin: string;
  /** The `Authorization` header, or nothing. */
  readonly authorization: string;
  readonly ifMatch: Precondition;
  readonly query: Query;
  readonly body: Body;
  /** For an operation for anyone, as soon as it knows for whom; when others are called, they have begun. */
  readonly begin: Begin;
  /** A part of the path, percent-decoded. */
  param(name: string): string;
}

export interface Answer {
  readonly status: 200 | 201 | 204;
  readonly body?: unknown;
  /** The table's epoch that the answer shows; it becomes the entity tag. */
  readonly epoch?: number;
  readonly location?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Holds what must be kept nowhere. */
  readonly isSecret?: true;
  /** What the operation changed, for the audit log; it is not part of the response. */
  readonly changes?: readonly Change[];
  /** JSON Lines, in place of a body of JSON. */
  readonly lines?: ReadableStream<Uint8Array>;
}

type Declaration<Query, Body> = Omit<Route, "query" | "body" | "contentType" | "statuses" | "handle"> & {
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  readonly contentType?: Route["contentType"];
  readonly statuses?: Route["statuses"];
  readonly handle: (call: Call<Query, Body>) => Promise<Result<Answer, Refusal>>;
};

/**
 * Declares a route; without `query` it takes no parameters, without `body` no body, and it answers 200 unless
 * `statuses` says otherwise, or 204 when it has no reply.
 */
export function route<Query = unknown, Body = unknown>(declaration: Declaration<Query, Body>): Route {
  const statuses: Route["statuses"] = [declaration.reply === null ? 204 : 200];
  return { query: noQuery, body: null, contentType: "application/json", statuses, ...declaration };
}

/** Whether an operation changes what others see, so that it is carried out once under its `Idempotency-Key`. */
export const isWrite = ({ permission }: Pick<Route, "permission">) => permission.endsWith(":write");

/** Whether `If-Match` has something to be held against. Reads pass it over: they are asked for by `If-None-Match`. */
export const isBindable = ({ method, versioned }: Pick<Route, "method" | "versioned">): boolean =>
  method !== "GET" && versioned === true;

const noQuery = z.strictObject({});

export { API_ROOT } from "./api-root.ts";
