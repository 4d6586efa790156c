import type { Result } from "../../src/base/result.ts";
import { readSpan } from "./page.ts";
import type { Refusal } from "./refusal.ts";
import type { Page, PageQuery } from "./schema/page.ts";

interface Span {
  readonly limit: number;
  /** The id of the last one of the page before; `null` for the newest. */
  readonly before: string | null;
}

/** A page of what the mitigator lists, which gives no more than `most` of it at once, and one. */
export function pageOfShield<T extends { readonly id: string }>(
  query: PageQuery,
  most: number,
  read: (span: Span) => Promise<Result<readonly T[], Refusal>>,
): Promise<Result<Page<T>, Refusal>> {
  return readSpan({ ...query, limit: Math.min(query.limit, most) }, ({ limit, after }) =>
    read({ limit, before: after }),
  );
}
