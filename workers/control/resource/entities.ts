import { err, ok, type Result } from "../../../src/base/result.ts";
import { pointer } from "../../../src/table/change.ts";
import { entityName, sectionName } from "../../../src/table/entity-name.ts";
import type { PublishedTable } from "../../../src/table/table.ts";
import { type Edit, edit } from "../edit.ts";
import { invalid } from "../field-errors.ts";
import { fromBody } from "../from-body.ts";
import { readPage } from "../page.ts";
import { readTable } from "../reach.ts";
import type { Refusal } from "../refusal.ts";
import { replacing } from "../replacing.ts";
import { type Answer, API_ROOT, type Call, type Route, route } from "../route.ts";
import { type EntitySection, entityPatchSchema, entityPaths, entitySchemas } from "../schema/entity.ts";
import { type PageQuery, pageQuerySchema, pageSchema } from "../schema/page.ts";
import { warningsOf } from "../table-warnings.ts";

type Fields = Readonly<Record<string, unknown>>;

const singular: Readonly<Record<EntitySection, string>> = {
  regions: "region",
  backends: "backend",
  services: "service",
  policies: "policy",
  limits: "rate limit",
  residency: "residency rule",
  zones: "zone",
};

/** What lets somebody at the entities of a section. */
const areas: Readonly<Record<EntitySection, "table" | "dns" | "shield">> = {
  regions: "table",
  backends: "table",
  services: "table",
  policies: "table",
  limits: "shield",
  residency: "table",
  zones: "dns",
};

/** The operations on one section, entity by entity. */
export function entityRoutes(section: EntitySection): readonly Route[] {
  const { entry, put, written } = entitySchemas[section];
  const list = entityPaths[section];
  const area = areas[section];
  const one = `${list}/:id`;
  const read = { permission: `${area}:read`, versioned: true } as const;
  const write = { permission: `${area}:write`, versioned: true } as const;
  const name = singular[section];
  return [
    route({
      ...read,
      method: "GET",
      path: list,
      summary: `The ${sectionName(section)} of the table, by id`,
      query: pageQuerySchema,
      reply: pageSchema(entry),
      handle: (call) => readAll(call, section),
    }),
    route({
      ...write,
      method: "POST",
      path: list,
      summary: `Create a ${name}`,
      body: entry,
      reply: written,
      statuses: [201],
      located: true,
      refusals: ["exists", "objections"],
      handle: (call) => create(call, section),
    }),
    route({
      ...read,
      method: "GET",
      path: one,
      summary: `A ${name}`,
      reply: entry,
      refusals: ["absent"],
      handle: (call) => readOne(call, section),
    }),
    route({
      ...write,
      method: "PUT",
      path: one,
      summary: `Replace a ${name}; fields that are left out get their defaults`,
      body: put,
      reply: written,
      refusals: ["absent", "objections"],
      handle: (call) => replace(call, section),
    }),
    route({
      ...write,
      method: "PATCH",
      path: one,
      summary: `Change some fields of a ${name}, by a JSON merge patch (RFC 7396)`,
      body: entityPatchSchema,
      reply: written,
      refusals: ["absent", "objections"],
      handle: (call) => merge(call, section),
    }),
    route({
      ...write,
      method: "DELETE",
      path: one,
      summary: `Delete a ${name}`,
      reply: null,
      refusals: ["absent", "in-use"],
      handle: (call) => remove(call, section),
    }),
  ];
}

async function readAll(call: Call<PageQuery>, section: EntitySection): Promise<Result<Answer, Refusal>> {
  const page = await readPage(call, section, call.query);
  if (!page.ok) return page;
  const { epoch, entries, cursor } = page.value;
  const items = entries.map(([id, entity]) => ({ id, ...(entity as Fields) }));
  return ok({ status: 200, epoch, body: { items, ...cursor } });
}

async function readOne(call: Call, section: EntitySection): Promise<Result<Answer, Refusal>> {
  const published = await readTable(call);
  if (!published.ok) return published;
  const id = call.param("id");
  const fields = fieldsOf(published.value, section, id);
  if (!fields) return absent(section, id);
  return ok({ status: 200, epoch: published.value.epoch, body: { id, ...fields } });
}

function create(call: Call<unknown, { id: string }>, section: EntitySection): Promise<Result<Answer, Refusal>> {
  const { id, ...fields } = call.body;
  return save(call, section, id, (published) => {
    if (fieldsOf(published, section, id)) return err({ kind: "exists", what: entityName(section, id) });
    return ok({
      patch: { [section]: { [id]: fields } },
      summary: `create ${entityName(section, id)}`,
      extra: "created",
    });
  });
}

async function replace(
  call: Call<unknown, { id?: string | undefined }>,
  section: EntitySection,
): Promise<Result<Answer, Refusal>> {
  const id = call.param("id");
  const { id: repeated, ...fields } = call.body;
  if (repeated !== undefined && repeated !== id) return wrongId(id);
  return save(call, section, id, (published) => {
    const before = fieldsOf(published, section, id);
    if (!before) return absent(section, id);
    const patch = { [section]: { [id]: replacing(before, fields) } };
    return ok({ patch, summary: `replace ${entityName(section, id)}`, extra: "changed" });
  });
}

async function merge(call: Call<unknown, Fields>, section: EntitySection): Promise<Result<Answer, Refusal>> {
  const id = call.param("id");
  const { id: repeated, ...fields } = call.body;
  if (repeated !== undefined && repeated !== id) return wrongId(id);
  return save(call, section, id, (published) => {
    if (!fieldsOf(published, section, id)) return absent(section, id);
    return ok({
      patch: { [section]: { [id]: fields } },
      summary: `change ${entityName(section, id)}`,
      extra: "changed",
    });
  });
}

async function remove(call: Call, section: EntitySection): Promise<Result<Answer, Refusal>> {
  const id = call.param("id");
  const removed = await edit(call, (published) => {
    if (!fieldsOf(published, section, id)) return absent(section, id);
    return ok({ patch: { [section]: { [id]: null } }, summary: `delete ${entityName(section, id)}`, extra: null });
  });
  if (removed.ok) return ok({ status: 204, changes: removed.value.changes });
  // The request is sound and the table stands against it: a conflict, not a wrong field.
  const { error } = removed;
  return err(error.kind === "objections" ? { kind: "in-use", objections: error.objections } : error);
}

async function save(
  call: Call,
  section: EntitySection,
  id: string,
  propose: (published: PublishedTable) => Result<Edit<"created" | "changed">, Refusal>,
): Promise<Result<Answer, Refusal>> {
  let before: Fields | undefined;
  const saved = await edit(call, (published) => {
    before = fieldsOf(published, section, id);
    return propose(published);
  });
  if (!saved.ok) return err(fromBody(saved.error, pointer([section, id])));
  const { changes, epoch, extra } = saved.value;
  const change = changes.find((change) => change.section === section && change.id === id);
  const entity = { id, ...(change ? (change.after as Fields) : before) };
  const warnings = await warningsOf(call, changes);
  const body = warnings.length === 0 ? entity : { ...entity, warnings };
  if (extra === "changed") return ok({ status: 200, epoch, body, changes });
  return ok({
    status: 201,
    epoch,
    body,
    changes,
    location: `${API_ROOT}${entityPaths[section]}/${encodeURIComponent(id)}`,
  });
}

const fieldsOf = ({ table }: PublishedTable, section: EntitySection, id: string): Fields | undefined =>
  table[section].get(id);
const absent = (section: EntitySection, id: string) =>
  err({ kind: "absent", what: entityName(section, id) } satisfies Refusal);
const wrongId = (id: string) => invalid([{ path: "/id", detail: `expected ${id}, as in the path` }]);
