import type { EntityPage } from "../../durable-objects/routing-table/api.ts";
import type { Span } from "../../src/auth/store.ts";
import { ok, type Result } from "../../src/base/result.ts";
import type { Section } from "../../src/table/table.ts";
import { invalid } from "./field-errors.ts";
import { reach } from "./reach.ts";
import type { Refusal } from "./refusal.ts";
import type { Call } from "./route.ts";
import type { Page, PageQuery } from "./schema/page.ts";

interface SectionPage {
  readonly epoch: number;
  readonly entries: EntityPage["entries"];
  /** To be spread into the answer: nothing on the last page. */
  readonly cursor: { readonly cursor?: string };
}

/** A page of a section, read from the table itself, so that a long list is never read whole. */
export async function readPage(call: Call, section: Section, query: PageQuery): Promise<Result<SectionPage, Refusal>> {
  const after = query.cursor === undefined ? ok(null) : openCursor(query.cursor);
  if (!after.ok) return after;
  const options = { limit: query.limit, after: after.value };
  const page = await reach(call, "routing table", () => call.deps.table.page(section, options));
  if (!page.ok) return page;
  const { epoch, entries, next } = page.value;
  return ok({ epoch, entries, cursor: next === null ? {} : { cursor: sealCursor(next) } });
}

/** A page of what a store lists in order of id. One more is asked for, to know whether it is the last. */
export async function readSpan<T extends { readonly id: string }>(
  query: PageQuery,
  read: (span: Span) => Promise<Result<readonly T[], Refusal>>,
): Promise<Result<Page<T>, Refusal>> {
  const after = query.cursor === undefined ? ok(null) : openCursor(query.cursor);
  if (!after.ok) return after;
  const found = await read({ limit: query.limit + 1, after: after.value });
  if (!found.ok) return found;
  const items = found.value.slice(0, query.limit);
  const last = items.at(-1);
  return ok(last && found.value.length > items.length ? { items, cursor: sealCursor(last.id) } : { items });
}

/** A page of entries at hand, in the order of their ids. */
export function pageById<T>(
  entries: Iterable<readonly [string, T]>,
  query: PageQuery,
): Result<Page<readonly [string, T]>, Refusal> {
  const after = query.cursor === undefined ? ok("") : openCursor(query.cursor);
  if (!after.ok) return after;
  const rest = [...entries].filter(([id]) => id > after.value).sort(([a], [b]) => (a < b ? -1 : 1));
  const items = rest.slice(0, query.limit);
  const last = items.at(-1);
  return ok(last && rest.length > items.length ? { items, cursor: sealCursor(last[0]) } : { items });
}

/** A page of what is at hand in an order of its own. */
export function pageInOrder<T extends { readonly id: string }>(
  all: readonly T[],
  query: PageQuery,
): Result<Page<T>, Refusal> {
  const after = query.cursor === undefined ? ok(null) : openCursor(query.cursor);
  if (!after.ok) return after;
  const before = after.value === null ? -1 : all.findIndex(({ id }) => id === after.value);
  if (after.value !== null && before < 0) return wrongCursor();
  const items = all.slice(before + 1, before + 1 + query.limit);
  const last = items.at(-1);
  return ok(last && last !== all.at(-1) ? { items, cursor: sealCursor(last.id) } : { items });
}

/** A cursor is opaque so that what it holds may change; base64url keeps it whole in a query. */
export function sealCursor(position: string): string {
  return btoa(position).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function openCursor(cursor: string): Result<string, Refusal> {
  try {
    return ok(atob(cursor.replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return wrongCursor();
  }
}

export const wrongCursor = () => invalid([{ path: "?cursor", detail: "not a cursor of this list" }]);
