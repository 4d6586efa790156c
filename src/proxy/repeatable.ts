import type { Fields } from "../request/facts.ts";

/** Methods whose repetition changes nothing more than the first did (RFC 9110, section 9.2.2). */
const IDEMPOTENT = new Set(["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"]);

/** A body up to this size is held in memory so that it can be sent again; a larger one is streamed, once. */
export const MAX_HELD_BODY_BYTES = 64 * 1024;

/** What can be done when the first try fails. */
export type Repeatability =
  /** Nothing: the request may have had its effect, or its body is gone. */
  | "once"
  /** Send it again as it is. */
  | "bodiless"
  /** Hold the body first, then send it again. */
  | "hold-body";

/** A body of unknown length is not held, and `Idempotency-Key` makes any method repeatable. */
export function repeatability(method: string, hasBody: boolean, fields: Fields): Repeatability {
  if (!IDEMPOTENT.has(method) && fields["idempotency-key"] === undefined) return "once";
  if (!hasBody) return "bodiless";
  const contentLength = fields["content-length"];
  const length = contentLength !== undefined && /^\d{1,9}$/.test(contentLength) ? Number(contentLength) : Number.NaN;
  return length <= MAX_HELD_BODY_BYTES ? "hold-body" : "once";
}
