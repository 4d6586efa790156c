import { z } from "zod";
import { issueWords } from "../base/issue-words.ts";
import { apply } from "./apply.ts";
import { type Change, MAX_OBJECTIONS, type Objection, pointer } from "./change.ts";
import { excesses, MAX_CHANGES, tooMany } from "./limits.ts";
import { isObject, mergePatch, sameJson } from "./merge-patch.ts";
import { type Section, sectionNames, sections, type Table } from "./table.ts";

/** Objects within objects that an entity's patch may have. No entity is half as deep. */
export const MAX_PATCH_DEPTH = 8;

export interface Patched {
  readonly next: Table;
  readonly changes: readonly Change[];
  readonly objections: readonly Objection[];
}

/**
 * Merges a patch (RFC 7396) over the document `{ section: { id: entity | null } }` and checks each entity that
 * results by its section's schema. Whether the entities agree with one another is for `plan` to say. With an
 * objection there is no change at all.
 *
 * Three things differ from the RFC. A whole section cannot be removed by `null`: it is too easy a slip. In a
 * field where null is a value (`expiresAt`, `loadPath`, `failover.latencyMs`), null is that value: removing the field
 * would bring its default back, and the RFC knows no other way to say null. And what is made another kind (of policy,
 * challenge, probe) keeps no field that only the old kind has: nobody would name these to be rid of them.
 */
export function applyPatch(table: Table, patch: unknown): Patched {
  if (!isObject(patch)) return refused(table, [invalid([], "expected an object of sections")]);
  const objections = Object.entries(patch).flatMap(([name, entities]) => misfit(name, entities));

  const parts = sectionNames.flatMap((section) => {
    const entities = Object.hasOwn(patch, section) ? patch[section] : undefined;
    return isObject(entities) ? [{ section, entities }] : [];
  });
  const count = parts.reduce((sum, { entities }) => sum + Object.keys(entities).length, 0);
  if (count > MAX_CHANGES) return refused(table, [tooMany([], `${count} entities; a patch may name ${MAX_CHANGES}`)]);

  const changes: Change[] = [];
  for (const { section, entities } of parts) {
    for (const [id, entity] of Object.entries(entities)) {
      if (objections.length >= MAX_OBJECTIONS) break;
      if (entity === undefined) continue;
      const edit = editOf(table, section, id, entity);
      if (edit.kind === "change") changes.push(edit.change);
      else if (edit.kind === "wrong") objections.push(...edit.objections);
    }
  }
  if (objections.length > 0) return refused(table, objections);
  const next = apply(table, changes);
  const tooMuch = excesses(table, next, changes);
  return tooMuch.length > 0 ? refused(table, tooMuch) : { next, changes, objections };
}

type Edit =
  | { readonly kind: "none" }
  | { readonly kind: "change"; readonly change: Change }
  | { readonly kind: "wrong"; readonly objections: readonly Objection[] };

function editOf(table: Table, section: Section, id: string, patch: unknown): Edit {
  const before: unknown = table[section].get(id) ?? null;
  if (before === null) {
    const known = sections[section].id.safeParse(id, { error: issueWords });
    if (!known.success) return wrong(objectionsOf([section, id], known.error));
  }
  if (patch === null) return before === null ? { kind: "none" } : changed({ section, id, before, after: null });
  const trap = trapIn(patch, [section, id], MAX_PATCH_DEPTH);
  if (trap) return wrong([trap]);
  const parsed = sections[section].entity.safeParse(
    fitted(sections[section].entity, patch, mergePatch(before, patch)),
    { error: issueWords },
  );
  if (!parsed.success) return wrong(objectionsOf([section, id], parsed.error));
  return sameJson(before, parsed.data) ? { kind: "none" } : changed({ section, id, before, after: parsed.data });
}

/**
 * What was merged as its schema, or that of an object within, means it: with the nulls of the patch where null is a
 * value, and without what is left of another kind.
 */
function fitted(schema: z.core.$ZodType, patch: unknown, merged: unknown): unknown {
  if (!isObject(patch) || !isObject(merged)) return merged;
  const object = objectOf(schema, merged);
  if (!object) return merged;
  const { shape } = object.schema;
  const restored = Object.entries(patch).flatMap(([name, value]): [string, unknown][] => {
    const field = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (field === undefined) return [];
    if (value === null) return z.safeParse(field, null).success ? [[name, null]] : [];
    return isObject(value) ? [[name, fitted(field, value, merged[name])]] : [];
  });
  const isLeft = (name: string) => object.isOfKind && !Object.hasOwn(shape, name) && !Object.hasOwn(patch, name);
  const kept = Object.entries(merged).filter(([name]) => !isLeft(name));
  return Object.fromEntries([...kept, ...restored]);
}

/** What the schema of such an object is below its defaults, and whether it is of one kind among several. */
function objectOf(
  schema: z.core.$ZodType,
  value: Readonly<Record<string, unknown>>,
): { readonly schema: z.ZodObject; readonly isOfKind: boolean } | null {
  if (schema instanceof z.ZodObject) return { schema, isOfKind: false };
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const { discriminator } = schema.def;
    const kind = schema.options.find(
      (each): each is z.ZodObject =>
        each instanceof z.ZodObject && z.safeParse(each.shape[discriminator], value[discriminator]).success,
    );
    return kind === undefined ? null : { schema: kind, isOfKind: true };
  }
  const isWrapped =
    schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodNullable;
  return isWrapped ? objectOf(schema.unwrap(), value) : null;
}

const changed = (change: Change): Edit => ({ kind: "change", change });
const wrong = (objections: readonly Objection[]): Edit => ({ kind: "wrong", objections });

function misfit(name: string, entities: unknown): Objection[] {
  if (!Object.hasOwn(sections, name))
    return [{ code: "unknown-section", path: pointer([name]), detail: `expected one of ${sectionNames.join(", ")}` }];
  if (isObject(entities) || entities === undefined) return [];
  return [invalid([name], "expected an object of entities by id")];
}

/** What the schemas would not notice: `__proto__`, which they skip in records, and depth, which costs stack. */
function trapIn(value: unknown, path: readonly string[], levels: number): Objection | undefined {
  if (!isObject(value)) return undefined;
  if (levels === 0) return invalid(path, `nested more than ${MAX_PATCH_DEPTH} levels deep`);
  if (Object.hasOwn(value, "__proto__")) return invalid([...path, "__proto__"], "unknown field");
  for (const [name, member] of Object.entries(value)) {
    const trap = trapIn(member, [...path, name], levels - 1);
    if (trap) return trap;
  }
  return undefined;
}

function objectionsOf(path: readonly string[], error: z.core.$ZodError): Objection[] {
  return error.issues
    .flatMap((issue) => {
      const at = [...path, ...issue.path];
      if (issue.code === "unrecognized_keys") return issue.keys.map((key) => invalid([...at, key], "unknown field"));
      return [invalid(at, issue.message)];
    })
    .slice(0, MAX_OBJECTIONS);
}

function refused(table: Table, objections: readonly Objection[]): Patched {
  return { next: table, changes: [], objections: objections.slice(0, MAX_OBJECTIONS) };
}

function invalid(path: readonly PropertyKey[], detail: string): Objection {
  return { code: "invalid", path: pointer(path), detail };
}
