import { z } from "zod";
import { err, ok, type Result } from "../base/result.ts";
import { type Failover, failoverIdSchema, failoverSchema } from "./failover.ts";
import { sameJson } from "./merge-patch.ts";
import { regionIdSchema } from "./region.ts";
import type { Table } from "./table.ts";

/** What the failover of a region is to become, and what it must be until then. */
export interface Shift {
  readonly region: string;
  /** `null` ends it. */
  readonly next: Failover | null;
  /** Whose it is and how far; `null` when there must be none. */
  readonly expected: Pick<Failover, "id" | "phase"> | null;
}

export type ShiftRefusal =
  | { readonly kind: "malformed"; readonly detail: string }
  | { readonly kind: "unknown-region"; readonly region: string }
  /** Another failover, or a later phase, has it. */
  | { readonly kind: "overtaken"; readonly held: Failover | null };

const shiftSchema: z.ZodType<Shift> = z.strictObject({
  region: regionIdSchema,
  next: failoverSchema.nullable(),
  expected: z.strictObject({ id: failoverIdSchema, phase: failoverSchema.shape.phase }).nullable(),
});

/**
 * Checks a shift against what is held. One that has been carried out before is `null`: whoever repeats it is told that
 * it is done.
 */
export function checkShift(
  { regions }: Pick<Table, "regions">,
  held: Failover | null,
  shift: unknown,
): Result<Shift | null, ShiftRefusal> {
  const read = shiftSchema.safeParse(shift);
  if (!read.success) return err({ kind: "malformed", detail: z.prettifyError(read.error) });
  const { region, next, expected } = read.data;
  const unknown = [region, ...(next?.targets ?? []).map((target) => target.region)].find((id) => !regions.has(id));
  if (unknown !== undefined) return err({ kind: "unknown-region", region: unknown });
  if (isDone(held, next)) return ok(null);
  const isExpected = held?.id === expected?.id && held?.phase === expected?.phase;
  return isExpected ? ok(read.data) : err({ kind: "overtaken", held });
}

/** The time aside: a step that runs a second time has another. */
function isDone(held: Failover | null, next: Failover | null): boolean {
  if (held === null || next === null) return held === next;
  return sameJson({ ...held, since: 0 }, { ...next, since: 0 });
}
