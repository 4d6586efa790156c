import { z } from "zod";
import { err, ok, type Result } from "../base/result.ts";
import { type Defence, defenceSchema } from "./defence.ts";
import { type Failover, failoverSchema } from "./failover.ts";
import { learnedRowSchema } from "./learned-row.ts";
import type { Part } from "./part.ts";
import { type Entity, type Section, sections } from "./table.ts";
import { verdictSchema } from "./verdict.ts";

/** Reads one stored entity, passing over fields that this version does not know. */
export function decodeEntity<S extends Section>(section: S, entity: unknown): Result<Entity<S>, string> {
  return tolerantly<Entity<S>>(sections[section].entity, entity);
}

export function decodeVerdict(verdict: unknown): Result<z.infer<typeof verdictSchema>, string> {
  return tolerantly(verdictSchema, verdict);
}

export function decodeFailover(failover: unknown): Result<Failover, string> {
  return tolerantly(failoverSchema, failover);
}

export function decodeDefence(defence: unknown): Result<Defence, string> {
  return tolerantly(defenceSchema, defence);
}

/** Reads one entry of any part. */
export function decodePart(part: Part, entry: unknown): Result<unknown, string> {
  switch (part) {
    case "health":
      return decodeVerdict(entry);
    case "learned":
      return tolerantly(learnedRowSchema, entry);
    case "failovers":
      return decodeFailover(entry);
    case "defences":
      return decodeDefence(entry);
    default:
      return decodeEntity(part, entry);
  }
}

/** Parses by a schema that refuses unknown fields, after removing those that it names. */
function tolerantly<T>(schema: z.ZodType<T>, value: unknown): Result<T, string> {
  const strict = schema.safeParse(value);
  if (strict.success) return ok(strict.data);
  const unknown = strict.error.issues.filter((issue) => issue.code === "unrecognized_keys");
  if (unknown.length === 0) return err(z.prettifyError(strict.error));
  const copy: unknown = JSON.parse(JSON.stringify(value));
  for (const { path, keys } of unknown) for (const key of keys) removeAt(copy, path, key);
  const again = schema.safeParse(copy);
  return again.success ? ok(again.data) : err(z.prettifyError(again.error));
}

function removeAt(value: unknown, path: readonly PropertyKey[], key: string): void {
  let holder = value;
  for (const segment of path) holder = (holder as Record<PropertyKey, unknown>)[segment];
  delete (holder as Record<PropertyKey, unknown>)[key];
}
