import { z } from "zod";
import { err, ok, type Result } from "../../../src/base/result.ts";
import { readObserved, toTransition } from "../observed-region.ts";
import { pageById } from "../page.ts";
import { reach, readHealth, readTable } from "../reach.ts";
import type { Refusal } from "../refusal.ts";
import { regionHealth, withVotes } from "../region-health.ts";
import { type Call, type Route, route } from "../route.ts";
import {
  type ControlHealth,
  controlHealthSchema,
  type HealthPoint,
  type RegionHealth,
  regionHealthSchema,
  sinceSchema,
} from "../schema/health.ts";
import { pageQuerySchema, pageSchema } from "../schema/page.ts";
import { toUnixMs } from "../since.ts";
import { toTime } from "../to-time.ts";

/** Points of history that an answer holds for a region: alone, and in a list of many. */
const MAX_POINTS_ALONE = 1000;
const MAX_POINTS_IN_LIST = 100;

const sinceQuerySchema = z.strictObject({ since: sinceSchema.optional() });

export const healthRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/health",
    permission: "health:read",
    summary: "The control plane itself",
    reply: controlHealthSchema,
    async handle(call) {
      const published = await readTable(call);
      if (!published.ok) return published;
      const newest = await reach(call, "routing table", () => call.deps.table.history(1, null));
      if (!newest.ok) return newest;
      const changedAt = newest.value[0]?.at;
      const ageSeconds = changedAt === undefined ? null : Math.max(0, (call.deps.now() - changedAt) / 1000);
      const body: ControlHealth = { status: "up", epoch: published.value.epoch, ageSeconds };
      return ok({ status: 200, body });
    },
  }),
  route({
    method: "GET",
    path: "/health/regions",
    permission: "health:read",
    summary: "How the regions are; with since, how they were",
    query: pageQuerySchema.extend(sinceQuerySchema.shape),
    reply: pageSchema(regionHealthSchema),
    async handle(call) {
      const published = await readHealth(call);
      if (!published.ok) return published;
      const page = pageById(published.value.table.regions, call.query);
      if (!page.ok) return page;
      const observed = await readObserved(call);
      const regions = page.value.items.flatMap(([id]) => regionHealth(published.value, observed, id) ?? []);
      const items: RegionHealth[] = [];
      for (const told of await Promise.all(regions.map((region) => withHistory(call, region, MAX_POINTS_IN_LIST)))) {
        if (!told.ok) return told;
        items.push(told.value);
      }
      return ok({ status: 200, body: { ...page.value, items } });
    },
  }),
  route({
    method: "GET",
    path: "/health/regions/:id",
    permission: "health:read",
    summary: "How a region is, with its backends and what each vantage says of them; with since, how it was",
    query: sinceQuerySchema,
    reply: regionHealthSchema,
    refusals: ["absent"],
    async handle(call) {
      const published = await readHealth(call);
      if (!published.ok) return published;
      const region = regionHealth(published.value, await readObserved(call), call.param("id"));
      if (!region) return err({ kind: "absent", what: `regions/${call.param("id")}` });
      const ids = region.backends.map(({ id }) => id);
      const votes = await reach(call, "routing table", () => call.deps.table.votes(ids));
      if (!votes.ok) return votes;
      const told = await withHistory(call, withVotes(region, votes.value, call.deps.now()), MAX_POINTS_ALONE);
      return told.ok ? ok({ status: 200, body: told.value }) : told;
    },
  }),
];

/** The region's health with its history, where `since` asks for it. */
async function withHistory(
  call: Call<z.infer<typeof sinceQuerySchema>>,
  region: RegionHealth,
  maxPoints: number,
): Promise<Result<RegionHealth, Refusal>> {
  if (call.query.since === undefined) return ok(region);
  const since = toUnixMs(call.query.since, call.deps.now());
  const kept = await reach(call, "health history", () => call.deps.regionHistory(region.id, since, maxPoints));
  if (!kept.ok) return kept;
  const history = kept.value.map(({ at, backend, vantage, status, latencyMs, load, detail }): HealthPoint => {
    return { at: toTime(at), backend, vantage, status, latencyMs, load, detail };
  });
  const changes = await reach(call, "health history", () => call.deps.regionTransitions(region.id, since, maxPoints));
  return changes.ok ? ok({ ...region, history, transitions: changes.value.map(toTransition) }) : changes;
}
