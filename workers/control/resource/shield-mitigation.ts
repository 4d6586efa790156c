import { err, ok, type Result } from "../../../src/base/result.ts";
import { pointer } from "../../../src/table/change.ts";
import type { Service } from "../../../src/table/service.ts";
import type { PublishedTable } from "../../../src/table/table.ts";
import { edit } from "../edit.ts";
import { fromBody } from "../from-body.ts";
import { levelInForce } from "../level-in-force.ts";
import { pageById } from "../page.ts";
import { readTable } from "../reach.ts";
import type { Refusal } from "../refusal.ts";
import { replacing } from "../replacing.ts";
import { type Answer, type Call, type Route, route } from "../route.ts";
import { entityPatchSchema } from "../schema/entity.ts";
import { byHand, restsByHand } from "../schema/level-by-hand.ts";
import {
  type MitigationReply,
  mitigationReplySchema,
  mitigationSchema,
  writtenMitigationSchema,
} from "../schema/mitigation.ts";
import { pageQuerySchema, pageSchema } from "../schema/page.ts";
import { warningsOf } from "../table-warnings.ts";
import { toTime } from "../to-time.ts";

type Fields = Readonly<Record<string, unknown>>;

const levelsInWords = Object.entries(byHand).map(([level, meaning]) => `\`${level}\`: ${meaning}`);
const modesInWords = `A \`mode\` other than \`auto\` is a level by hand, on all requests of the service. ${levelsInWords.join("; ")}. ${restsByHand}`;

export const mitigationRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/shield/mitigation",
    permission: "shield:read",
    summary: "What is done about attacks on each service, by id",
    query: pageQuerySchema,
    reply: pageSchema(mitigationReplySchema),
    async handle(call) {
      const published = await readTable(call);
      if (!published.ok) return published;
      const page = pageById(published.value.table.services, call.query);
      if (!page.ok) return page;
      const items = page.value.items.map(([id, service]) => mitigationOf(published.value, id, service));
      return ok({ status: 200, body: { ...page.value, items } });
    },
  }),
  route({
    method: "GET",
    path: "/shield/mitigation/:service",
    permission: "shield:read",
    summary: "What is done about attacks on a service: as it is set, and as it is",
    reply: mitigationReplySchema,
    refusals: ["absent"],
    async handle(call) {
      const published = await readTable(call);
      if (!published.ok) return published;
      const id = call.param("service");
      const service = published.value.table.services.get(id);
      return service ? ok({ status: 200, body: mitigationOf(published.value, id, service) }) : absent(id);
    },
  }),
  route({
    method: "PUT",
    path: "/shield/mitigation/:service",
    permission: "shield:write",
    summary: "Set what is done about attacks on a service; fields that are left out get their defaults",
    description: `It is the field \`mitigation\` of the service: history and rollback hold it. ${modesInWords}`,
    versioned: true,
    body: mitigationSchema,
    reply: writtenMitigationSchema,
    refusals: ["absent", "objections"],
    handle: (call) => set(call, (before) => replacing(before, call.body)),
  }),
  route({
    method: "PATCH",
    path: "/shield/mitigation/:service",
    permission: "shield:write",
    summary: "Change some of what is done about attacks on a service, by a JSON merge patch (RFC 7396)",
    description: "What a `mode` means is said where all of it is set.",
    versioned: true,
    body: entityPatchSchema,
    reply: writtenMitigationSchema,
    refusals: ["absent", "objections"],
    handle: (call) => set(call, () => call.body),
  }),
];

async function set(call: Call, patchOf: (before: Fields) => Fields): Promise<Result<Answer, Refusal>> {
  const id = call.param("service");
  const edited = await edit(call, (published) => {
    const service = published.table.services.get(id);
    if (!service) return absent(id);
    const patch = { services: { [id]: { mitigation: patchOf({ ...service.mitigation }) } } };
    return ok({ patch, summary: `mitigation of services/${id}`, extra: { published, service } });
  });
  if (!edited.ok) return err(fromBody(edited.error, pointer(["services", id, "mitigation"])));
  const { changes, epoch, extra } = edited.value;
  const after = changes.find((change) => change.section === "services" && change.id === id)?.after;
  const service = (after as Service | undefined) ?? extra.service;
  const mitigation = mitigationOf(extra.published, id, service);
  const warnings = await warningsOf(call, changes);
  const body = warnings.length === 0 ? mitigation : { ...mitigation, warnings };
  return ok({ status: 200, epoch, body, changes });
}

export function mitigationOf({ defences }: PublishedTable, id: string, { mitigation }: Service): MitigationReply {
  const defence = defences.get(id) ?? null;
  return {
    service: id,
    ...mitigation,
    level: levelInForce(mitigation, defence),
    automatic: defence === null ? null : { ...defence, since: toTime(defence.since) },
  };
}

const absent = (id: string) => err({ kind: "absent", what: `services/${id}`.slice(0, 200) } satisfies Refusal);
