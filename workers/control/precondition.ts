import { err, ok, type Result } from "../../src/base/result.ts";

/** What a write asks of the table's epoch: `any`, or to be one of these. */
export type Precondition = { readonly kind: "any" } | { readonly kind: "one-of"; readonly tags: readonly string[] };

export const entityTag = (epoch: number) => `"${epoch}"`;

const TAG = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/;

/** Reads If-Match (RFC 9110, section 13.1.1). `*` asks that the thing exists, which writes see to by themselves. */
export function parseIfMatch(header: string | null): Result<Precondition, undefined> {
  if (header === null || header.trim() === "*") return ok({ kind: "any" });
  const tags = header.split(",").map((tag) => tag.trim());
  if (!tags.every((tag) => TAG.test(tag))) return err(undefined);
  return ok({ kind: "one-of", tags });
}

/** Strong comparison: a weak tag never matches. */
export function holds(precondition: Precondition, epoch: number): boolean {
  return precondition.kind === "any" || precondition.tags.includes(entityTag(epoch));
}

/** Whether If-None-Match names this epoch (section 13.1.2): the client has it already. Weak comparison. */
export function isHeld(header: string | null, epoch: number): boolean {
  if (header === null) return false;
  if (header.trim() === "*") return true;
  return header.split(",").some((tag) => tag.trim().replace(/^W\//, "") === entityTag(epoch));
}
