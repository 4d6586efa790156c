import { ok } from "../../../src/base/result.ts";
import { pageById } from "../page.ts";
import { readTable } from "../reach.ts";
import { type Route, route } from "../route.ts";
import { type LatencyEntry, latencyEntrySchema, latencyQuerySchema } from "../schema/latency.ts";
import { pageSchema } from "../schema/page.ts";

export const latencyRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/latency-matrix",
    permission: "latency:read",
    summary: "Round trips between sources and regions",
    versioned: true,
    query: latencyQuerySchema,
    reply: pageSchema(latencyEntrySchema),
    async handle(call) {
      const published = await readTable(call);
      if (!published.ok) return published;
      const { source, target } = call.query;
      const rows = [...published.value.table.latency]
        .filter(([from]) => source === undefined || from === source)
        .map(([from, row]) => [from, target === undefined ? row : narrow(row, target)] as const)
        .filter(([, row]) => Object.keys(row).length > 0);
      const page = pageById(rows, call.query);
      if (!page.ok) return page;
      const items = page.value.items.map(([from, targets]): LatencyEntry => ({ source: from, targets }));
      return ok({ status: 200, epoch: published.value.epoch, body: { ...page.value, items } });
    },
  }),
];

function narrow(row: Readonly<Record<string, number>>, target: string): Readonly<Record<string, number>> {
  const latencyMs = row[target];
  return latencyMs === undefined ? {} : { [target]: latencyMs };
}
