import type { PairReading } from "../../../durable-objects/latency-prober/api.ts";
import { err, ok, type Result } from "../../../src/base/result.ts";
import { coloOf } from "../../../src/geo/colos.ts";
import type { PairStatistics } from "../../../src/latency-matrix/statistics.ts";
import type { LearnedRow } from "../../../src/table/learned-row.ts";
import { isVantage, locationHints } from "../../../src/table/region.ts";
import type { PublishedTable } from "../../../src/table/table.ts";
import { pageById } from "../page.ts";
import { reach, readTable } from "../reach.ts";
import type { Refusal } from "../refusal.ts";
import { type Answer, type Call, type Route, route } from "../route.ts";
import {
  type LatencyEntry,
  type LatencyQuery,
  type LearnedReply,
  latencyEntrySchema,
  latencyQuerySchema,
  type Measured,
  type MeasureReply,
  type MeasureRequest,
  measureReplySchema,
  measureRequestSchema,
} from "../schema/latency.ts";
import { pageSchema } from "../schema/page.ts";

const COLO = "colo:";

export const latencyRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/latency-matrix",
    permission: "latency:read",
    summary:
      "Round trips from regions, vantages of health checks and colos to regions: configured, measured and learned",
    query: latencyQuerySchema,
    reply: pageSchema(latencyEntrySchema),
    refusals: ["absent"],
    handle: readMatrix,
  }),
  route({
    method: "POST",
    path: "/latency-matrix/measure",
    permission: "latency:write",
    summary: "Measure paths between regions now",
    body: measureRequestSchema,
    reply: measureReplySchema,
    refusals: ["absent", "not-configured"],
    handle: measure,
  }),
];

/** Without an entity tag: what is measured and learned changes under one epoch. */
async function readMatrix(call: Call<LatencyQuery>): Promise<Result<Answer, Refusal>> {
  const published = await readTable(call);
  if (!published.ok) return published;
  const { source, target = null } = call.query;
  const ofRegion = source?.startsWith(COLO) || isVantage(source ?? "") ? undefined : source;
  const absent = absentRegion(published.value, ofRegion, target ?? undefined);
  if (absent) return err(absent);
  const known = sourcesOf(published.value);
  if (source?.startsWith(COLO) && !known.has(source) && !coloOf(source.slice(COLO.length)))
    return err({ kind: "absent", what: source });
  const sources = [...known].filter((id) => source === undefined || id === source);
  const page = pageById(
    sources.map((id) => [id, null]),
    call.query,
  );
  if (!page.ok) return page;
  const shown = page.value.items.map(([id]) => id);
  const regions = shown.filter((id) => !id.startsWith(COLO));
  const readings = await reach(call, "latency prober", () => call.deps.prober.read(regions, target));
  if (!readings.ok) return readings;
  const bySource = Map.groupBy(readings.value, (reading) => reading.source);
  const now = call.deps.now();
  const items = shown
    .map((id) => entryOf(published.value, id, target, bySource.get(id) ?? [], now))
    .filter(({ targets, measured, learned }) =>
      [targets, measured, learned].some((row) => Object.keys(row).length > 0),
    );
  return ok({ status: 200, body: { ...page.value, items } });
}

async function measure(call: Call<unknown, MeasureRequest>): Promise<Result<Answer, Refusal>> {
  const published = await readTable(call);
  if (!published.ok) return published;
  const { source, target, count } = call.body;
  const absent = absentRegion(published.value, source, target);
  if (absent) return err(absent);
  const request = { source: source ?? null, target: target ?? null, count };
  const measurement = await reach(call, "latency prober", () => call.deps.prober.measure(request));
  if (!measurement.ok) return measurement;
  switch (measurement.value.kind) {
    case "no-token":
      return err({ kind: "not-configured", what: "without NODE_TOKEN the nodes do not measure" });
    case "busy":
      return err({ kind: "unavailable", what: "another measurement is in progress" });
    case "no-backend":
      return err({ kind: "absent", what: `a backend of regions/${measurement.value.region}` });
    case "measured": {
      const now = call.deps.now();
      const results = measurement.value.outcomes.map(({ statistics, ...pair }) => {
        return { ...pair, measured: statistics && toMeasured(statistics, now) };
      });
      return ok({ status: 200, body: { results } satisfies MeasureReply });
    }
  }
}

function absentRegion({ table }: PublishedTable, ...ids: readonly (string | undefined)[]): Refusal | undefined {
  const unknown = ids.find((id) => id !== undefined && !table.regions.has(id));
  return unknown === undefined ? undefined : { kind: "absent", what: `regions/${unknown}` };
}

/**
 * Regions, those of the table's rows, the vantages of health checks, and colos that have learned something: parts of a
 * colo are left to explanations.
 */
function sourcesOf({ table, learned }: PublishedTable): Set<string> {
  const colos = [...learned.keys()].filter((place) => !place.includes("/"));
  const configured = [...table.regions.keys(), ...table.latency.keys()];
  return new Set([...configured, ...locationHints, ...colos.map((colo) => COLO + colo)]);
}

function entryOf(
  { table, learned }: PublishedTable,
  source: string,
  target: string | null,
  readings: readonly PairReading[],
  now: number,
): LatencyEntry {
  const row = source.startsWith(COLO) ? learned.get(source.slice(COLO.length)) : undefined;
  return {
    source,
    targets: narrow(table.latency.get(source) ?? {}, target),
    measured: Object.fromEntries(readings.map((reading) => [reading.target, toMeasured(reading.statistics, now)])),
    learned: toLearned(narrow(row ?? {}, target), now),
  };
}

function narrow<T>(row: Readonly<Record<string, T>>, target: string | null): Record<string, T> {
  return Object.fromEntries(Object.entries(row).filter(([id]) => target === null || id === target));
}

function toLearned(row: LearnedRow, now: number): Record<string, LearnedReply> {
  const figures = Object.entries(row).map(([target, { at, ...figure }]) => {
    return [target, { ...figure, ageSeconds: ageSeconds(at, now) }] as const;
  });
  return Object.fromEntries(figures);
}

function toMeasured({ at, ...figures }: PairStatistics, now: number): Measured {
  return { ...figures, ageSeconds: ageSeconds(at, now) };
}

/** The clocks of two machines may differ. */
const ageSeconds = (at: number, now: number) => Math.max(0, (now - at) / 1000);
