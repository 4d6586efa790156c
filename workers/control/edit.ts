import type { Applied, TablePatch } from "../../durable-objects/routing-table/api.ts";
import { err, ok, type Result } from "../../src/base/result.ts";
import type { PublishedTable } from "../../src/table/table.ts";
import { applyInScope } from "./apply-in-scope.ts";
import { holds } from "./precondition.ts";
import { readTable } from "./reach.ts";
import type { Refusal } from "./refusal.ts";
import type { Call } from "./route.ts";

/** What to change, given the table as it is. `extra` goes back to who asked. */
export interface Edit<T> {
  readonly patch: TablePatch;
  /** For the history. */
  readonly summary: string;
  readonly extra: T;
}

export interface Edited<T> extends Applied {
  readonly extra: T;
}

const MAX_EDIT_TRIES = 5;

/**
 * Applies a change that was worked out from the table as it was read, and only if the table is still that one.
 * When another writer was faster it is worked out anew, unless the caller asked for a certain epoch.
 */
export async function edit<T>(
  call: Call,
  propose: (published: PublishedTable) => Result<Edit<T>, Refusal>,
): Promise<Result<Edited<T>, Refusal>> {
  for (let tries = 0; tries < MAX_EDIT_TRIES; tries++) {
    const published = await readTable(call);
    if (!published.ok) return published;
    const { epoch } = published.value;
    if (!holds(call.ifMatch, epoch)) return err({ kind: "stale", epoch });
    const proposed = propose(published.value);
    if (!proposed.ok) return proposed;
    const { patch, summary, extra } = proposed.value;
    const options = { actor: call.actor, summary, ifEpoch: epoch };
    const applied = await applyInScope(call, patch, options);
    if (applied.ok) return ok({ ...applied.value, extra });
    if (applied.error.kind !== "stale" || call.ifMatch.kind === "one-of") return applied;
  }
  return err({ kind: "unavailable", what: "the table changes faster than this change can be made" });
}

/** The epoch that a write must meet, for the writes that need no look at the table; `null` is any. */
export async function requiredEpoch(call: Call): Promise<Result<number | null, Refusal>> {
  if (call.ifMatch.kind === "any") return ok(null);
  const published = await readTable(call);
  if (!published.ok) return published;
  const { epoch } = published.value;
  return holds(call.ifMatch, epoch) ? ok(epoch) : err({ kind: "stale", epoch });
}
