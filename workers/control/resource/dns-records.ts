import { err, ok, type Result } from "../../../src/base/result.ts";
import { pointer } from "../../../src/table/change.ts";
import { type RecordSet, recordKeyOf } from "../../../src/table/record-set.ts";
import type { PublishedTable } from "../../../src/table/table.ts";
import { zoneOf, zoneOfId } from "../../../src/table/zone-of.ts";
import { type Edit, edit } from "../edit.ts";
import { invalid } from "../field-errors.ts";
import { fromBody } from "../from-body.ts";
import { pageById } from "../page.ts";
import { readTable } from "../reach.ts";
import type { Refusal } from "../refusal.ts";
import { replacing } from "../replacing.ts";
import { type Answer, API_ROOT, type Call, type Route, route } from "../route.ts";
import { pageQuerySchema, pageSchema } from "../schema/page.ts";
import { recordSetEntrySchema, recordSetPutSchema } from "../schema/record-set.ts";

const LIST = "/dns/zones/:zone/records";
const ONE = `${LIST}/:name/:type`;
const read = { permission: "dns:read", versioned: true } as const;
const write = { permission: "dns:write", versioned: true } as const;

/** The record sets of a zone, one by one. */
export const dnsRecordRoutes: readonly Route[] = [
  route({
    ...read,
    method: "GET",
    path: LIST,
    summary: "The record sets of a zone, by name and type",
    query: pageQuerySchema,
    reply: pageSchema(recordSetEntrySchema),
    refusals: ["absent"],
    async handle(call) {
      const published = await readTable(call);
      if (!published.ok) return published;
      const { epoch, table } = published.value;
      const zone = call.param("zone");
      if (!table.zones.has(zone)) return absent(`zones/${zone}`);
      const own = [...table.records].filter(([id]) => zoneOfId(table.zones, id) === zone);
      const page = pageById(own, call.query);
      if (!page.ok) return page;
      const { items, ...cursor } = page.value;
      return ok({ status: 200, epoch, body: { items: items.map(([id, set]) => entryOf(id, set)), ...cursor } });
    },
  }),
  route({
    ...write,
    method: "POST",
    path: LIST,
    summary: "Create a record set",
    body: recordSetEntrySchema,
    reply: recordSetEntrySchema,
    statuses: [201],
    located: true,
    refusals: ["absent", "exists", "objections"],
    async handle(call) {
      const { name, type, ...set } = call.body;
      const id = `${name}/${type}`;
      const zone = call.param("zone");
      const saved = await save(call, id, ({ table }) => {
        if (!table.zones.has(zone)) return absent(`zones/${zone}`);
        if (zoneOf(table.zones, { owner: name, type }) !== zone)
          return invalid([{ path: "/name", detail: `expected a name of the zone ${zone}` }]);
        if (table.records.has(id)) return err({ kind: "exists", what: `records/${id}` });
        return ok({ patch: { records: { [id]: set } }, summary: `create records/${id}`, extra: null });
      });
      if (!saved.ok) return saved;
      const location = `${API_ROOT}/dns/zones/${zone}/records/${encodeURIComponent(name)}/${type}`;
      return ok({ ...saved.value, status: 201, location });
    },
  }),
  route({
    ...read,
    method: "GET",
    path: ONE,
    summary: "A record set",
    reply: recordSetEntrySchema,
    refusals: ["absent"],
    async handle(call) {
      const published = await readTable(call);
      if (!published.ok) return published;
      const found = find(call, published.value);
      if (!found.ok) return found;
      return ok({ status: 200, epoch: published.value.epoch, body: entryOf(found.value.id, found.value.set) });
    },
  }),
  route({
    ...write,
    method: "PUT",
    path: ONE,
    summary: "Replace a record set; fields that are left out get their defaults",
    body: recordSetPutSchema,
    reply: recordSetEntrySchema,
    refusals: ["absent", "objections"],
    async handle(call) {
      const { name, type, ...set } = call.body;
      const id = idOf(call);
      const repeated = recordKeyOf(id);
      if (name !== undefined && name !== repeated.owner) return wrong("/name", repeated.owner);
      if (type !== undefined && type !== repeated.type) return wrong("/type", repeated.type);
      return save(call, id, (published) => {
        const found = find(call, published);
        if (!found.ok) return found;
        const patch = { records: { [id]: replacing(found.value.set, set) } };
        return ok({ patch, summary: `replace records/${id}`, extra: null });
      });
    },
  }),
  route({
    ...write,
    method: "DELETE",
    path: ONE,
    summary: "Delete a record set",
    reply: null,
    refusals: ["absent", "in-use"],
    async handle(call) {
      const id = idOf(call);
      const removed = await edit(call, (published) => {
        const found = find(call, published);
        if (!found.ok) return found;
        return ok({ patch: { records: { [id]: null } }, summary: `delete records/${id}`, extra: null });
      });
      if (removed.ok) return ok({ status: 204, changes: removed.value.changes });
      const { error } = removed;
      return err(error.kind === "objections" ? { kind: "in-use", objections: error.objections } : error);
    },
  }),
];

async function save(
  call: Call,
  id: string,
  propose: (published: PublishedTable) => Result<Edit<null>, Refusal>,
): Promise<Result<Answer, Refusal>> {
  let before: RecordSet | undefined;
  const saved = await edit(call, (published) => {
    before = published.table.records.get(id);
    return propose(published);
  });
  if (!saved.ok) return err(fromBody(saved.error, pointer(["records", id])));
  const { changes, epoch } = saved.value;
  const change = changes.find((change) => change.section === "records" && change.id === id);
  const set = (change?.after ?? before) as RecordSet;
  return ok({ status: 200, epoch, body: entryOf(id, set), changes });
}

function find(
  call: Call,
  { table }: PublishedTable,
): Result<{ readonly id: string; readonly set: RecordSet }, Refusal> {
  const id = idOf(call);
  const set = table.records.get(id);
  return set && zoneOfId(table.zones, id) === call.param("zone") ? ok({ id, set }) : absent(`records/${id}`);
}

const idOf = (call: Call) => `${call.param("name")}/${call.param("type")}`;

function entryOf(id: string, set: RecordSet) {
  const { owner: name, type } = recordKeyOf(id);
  return { name, type, ...set };
}

const absent = (what: string) => err({ kind: "absent", what } satisfies Refusal);
const wrong = (path: string, expected: string) => invalid([{ path, detail: `expected ${expected}, as in the path` }]);
