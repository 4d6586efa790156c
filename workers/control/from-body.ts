import type { Objection } from "../../durable-objects/routing-table/api.ts";
import type { Refusal } from "./refusal.ts";

/** Objections point into the table's patch; the caller sent the entity alone. */
export function fromBody(refusal: Refusal, prefix: string): Refusal {
  if (refusal.kind !== "objections") return refusal;
  const strip = (objection: Objection): Objection =>
    objection.path === prefix || objection.path.startsWith(`${prefix}/`)
      ? { ...objection, path: objection.path.slice(prefix.length) }
      : objection;
  return { kind: "objections", objections: refusal.objections.map(strip) };
}
