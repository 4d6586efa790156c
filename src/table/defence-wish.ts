import { z } from "zod";
import { err, ok, type Result } from "../base/result.ts";
import { type Defence, defenceSchema } from "./defence.ts";
import { sameJson } from "./merge-patch.ts";
import { serviceIdSchema } from "./service.ts";
import type { Table } from "./table.ts";

/** What the defence of a service is to become, and whose it must be until then. */
export interface DefenceWish {
  readonly service: string;
  /** `null` ends it. */
  readonly next: Defence | null;
  /** The attack that has it; `null` when there must be none. */
  readonly expected: string | null;
}

export type DefenceRefusal =
  | { readonly kind: "malformed"; readonly detail: string }
  | { readonly kind: "unknown-service"; readonly service: string }
  /** Another attack has it. */
  | { readonly kind: "overtaken"; readonly held: Defence | null };

const wishSchema: z.ZodType<DefenceWish> = z.strictObject({
  service: serviceIdSchema,
  next: defenceSchema.nullable(),
  expected: defenceSchema.shape.attack.nullable(),
});

/** Checks a wish against what is held. One that has been carried out before is `null`. */
export function checkDefence(
  { services }: Pick<Table, "services">,
  held: Defence | null,
  wish: unknown,
): Result<DefenceWish | null, DefenceRefusal> {
  const read = wishSchema.safeParse(wish);
  if (!read.success) return err({ kind: "malformed", detail: z.prettifyError(read.error) });
  const { service, next, expected } = read.data;
  if (!services.has(service)) return err({ kind: "unknown-service", service });
  if (held === null && next === null) return ok(null);
  if (held !== null && next !== null && sameJson(held, next)) return ok(null);
  return (held?.attack ?? null) === expected ? ok(read.data) : err({ kind: "overtaken", held });
}
