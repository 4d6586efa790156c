import { err, ok } from "../../../src/base/result.ts";
import { pointer } from "../../../src/table/change.ts";
import type { PublishedTable, Table } from "../../../src/table/table.ts";
import { edit } from "../edit.ts";
import { invalid } from "../field-errors.ts";
import { readTable } from "../reach.ts";
import type { Refusal } from "../refusal.ts";
import { type Route, route } from "../route.ts";
import { type Weights, weightsSchema } from "../schema/weights.ts";

export const weightRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/weights",
    permission: "weights:read",
    summary: "The weights of regions and backends",
    versioned: true,
    reply: weightsSchema,
    async handle(call) {
      const published = await readTable(call);
      if (!published.ok) return published;
      return ok({ status: 200, epoch: published.value.epoch, body: weightsOf(published.value) });
    },
  }),
  route({
    method: "PUT",
    path: "/weights",
    permission: "weights:write",
    summary: "Set the weights of those named; the others stay as they are",
    versioned: true,
    body: weightsSchema,
    reply: weightsSchema,
    refusals: ["objections"],
    async handle(call) {
      const ids = Object.keys(call.body);
      const set = await edit(call, ({ table }) => {
        const unknown = ids.filter((id) => sectionOf(table, id) === undefined);
        if (unknown.length > 0)
          return invalid(unknown.map((id) => ({ path: pointer([id]), detail: `no region or backend is named ${id}` })));
        return ok({ patch: toPatch(table, call.body), summary: `set weights of ${ids.join(", ")}`, extra: null });
      });
      if (!set.ok) return err(fromBody(set.error));
      const published = await readTable(call);
      if (!published.ok) return published;
      return ok({
        status: 200,
        epoch: published.value.epoch,
        body: weightsOf(published.value),
        changes: set.value.changes,
      });
    },
  }),
];

function weightsOf({ table }: PublishedTable): Weights {
  // Regions last: where a backend has a region's name, the name is the region's.
  return Object.fromEntries([...table.backends, ...table.regions].map(([id, { weight }]) => [id, weight]));
}

export function sectionOf(table: Table, id: string): "regions" | "backends" | undefined {
  return table.regions.has(id) ? "regions" : table.backends.has(id) ? "backends" : undefined;
}

/** The weights as a patch of the table; those of unknown ids as of regions, which the table then refuses. */
export function toPatch(table: Table, weights: Weights) {
  const patch = { regions: {} as Record<string, unknown>, backends: {} as Record<string, unknown> };
  for (const [id, weight] of Object.entries(weights)) patch[sectionOf(table, id) ?? "regions"][id] = { weight };
  return patch;
}

function fromBody(refusal: Refusal): Refusal {
  if (refusal.kind !== "objections") return refusal;
  const strip = (path: string) => path.replace(/^\/(?:regions|backends)(\/[^/]*)(\/weight)?$/, "$1");
  return { ...refusal, objections: refusal.objections.map((each) => ({ ...each, path: strip(each.path) })) };
}
