import { err, ok, type Result } from "../../../src/base/result.ts";
import type { Place } from "../../../src/geo/place.ts";
import {
  type BadRow,
  demandPopulation,
  MAX_POPULATION_ROWS,
  type PopulationRow,
  readRows,
  type Target,
} from "../../../src/simulation/population.ts";
import { type Simulation, simulate } from "../../../src/simulation/simulate.ts";
import { worldPopulation } from "../../../src/simulation/world.ts";
import { pointer } from "../../../src/table/change.ts";
import { compileSnapshot, type Snapshot } from "../../../src/table/snapshot.ts";
import { type PublishedTable, withoutAddresses } from "../../../src/table/table.ts";
import { invalid, MAX_FIELD_ERRORS } from "../field-errors.ts";
import { propose } from "../proposal.ts";
import { reach, readHealth } from "../reach.ts";
import type { Refusal } from "../refusal.ts";
import { type Call, type Route, route } from "../route.ts";
import {
  type PlaceReply,
  type SimulationReply,
  type SimulationRequest,
  simulationRequestSchema,
  simulationSchema,
} from "../schema/simulation.ts";

/** How far back the traffic is looked at. */
const DEMAND_SECONDS = 3600;

export const simulationRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/routes/simulate",
    permission: "table:plan",
    summary: "What a change or a loss would do to the traffic, by the code that routes",
    body: simulationRequestSchema,
    reply: simulationSchema,
    refusals: ["absent", "objections"],
    async handle(call) {
      const { serviceMs } = call.body;
      const published = await readHealth(call);
      if (!published.ok) return published;
      const now = call.deps.now();
      const proposed = propose(published.value, call.body, now);
      if (!proposed.ok) return proposed;
      const before = routable(published.value);
      const after = routable(proposed.value.published);
      const population = await populationOf(call, [before, after]);
      if (!population.ok) return population;
      const { rows, omittedRows, requestsPerSecond, coveredSeconds } = population.value;
      const simulation = simulate(before, after, rows, { now, requestsPerSecond, serviceMs });
      const { epoch } = published.value;
      const counts = { changes: proposed.value.changes, omittedRows, coveredSeconds };
      const body = { epoch, ...counts, ...toReply(simulation) };
      return ok({ status: 200, body: body satisfies SimulationReply });
    },
  }),
];

/** Addresses have no part in a simulation, and there may be many to compile. */
const routable = (published: PublishedTable): Snapshot =>
  compileSnapshot({ ...published, table: withoutAddresses(published.table) });

interface Population {
  readonly rows: readonly PopulationRow[];
  readonly omittedRows: number;
  readonly requestsPerSecond: number | null;
  readonly coveredSeconds: number | null;
}

interface Read {
  readonly rows: readonly PopulationRow[];
  /** Over how long the requests were counted; `null` where the rows are no traffic. */
  readonly coveredSeconds: number | null;
}

async function populationOf(
  call: Call<unknown, SimulationRequest>,
  tables: readonly [Snapshot, Snapshot],
): Promise<Result<Population, Refusal>> {
  const { requestsPerSecond } = call.body;
  const read = await rowsOf(call, tables);
  if (!read.ok) return read;
  const { coveredSeconds } = read.value;
  const rows = [...read.value.rows].sort((a, b) => b.weight - a.weight).slice(0, MAX_POPULATION_ROWS);
  const total = rows.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return invalid([{ path: "/population", detail: "the weights sum to 0" }]);
  const areRates = requestsPerSecond === "weights" || call.body.population.source === "traffic";
  const rate = typeof requestsPerSecond === "number" ? requestsPerSecond : areRates ? total : null;
  return ok({ rows, omittedRows: read.value.rows.length - rows.length, requestsPerSecond: rate, coveredSeconds });
}

async function rowsOf(
  call: Call<unknown, SimulationRequest>,
  tables: readonly [Snapshot, Snapshot],
): Promise<Result<Read, Refusal>> {
  const { population } = call.body;
  if (population.source === "traffic") return trafficOf(call);
  const services = new Set(tables.flatMap((table) => table.services.map(({ id }) => id)));
  if (population.service !== undefined && !services.has(population.service))
    return err({ kind: "absent", what: `services/${population.service}` });
  const [only = null] = services.size === 1 ? services : [];
  const service = population.service ?? only;
  if (population.source === "rows") {
    const { rows, bad } = readRows(population.rows, service, tables);
    return bad.length > 0 ? refuseRows(bad) : ok({ rows, coveredSeconds: null });
  }
  if (service !== null) return ok({ rows: worldPopulation(service), coveredSeconds: null });
  return invalid([{ path: "/population/service", detail: "the table has several services: name one" }]);
}

async function trafficOf(call: Call): Promise<Result<Read, Refusal>> {
  const now = call.deps.now();
  const since = now - DEMAND_SECONDS * 1000;
  const read = await reach(call, "record of traffic", () =>
    Promise.all([call.deps.demandSince(since), call.deps.demandCoversFrom(since)]),
  );
  if (!read.ok) return read;
  const [demand, from] = read.value;
  const coveredSeconds = Math.max(1, (now - (from ?? since)) / 1000);
  const rows = demandPopulation(demand, coveredSeconds).filter(({ weight }) => weight > 0);
  if (rows.length > 0) return ok({ rows, coveredSeconds });
  return invalid([{ path: "/population/source", detail: "there was no traffic in the last hour; try world" }]);
}

/** Names every bad row, as far as a refusal may be long, and says how many faults it does not name. */
function refuseRows(bad: readonly BadRow[]): Result<never, Refusal> {
  const errors = bad.map(({ row, field, detail }) => ({
    path: pointer(["population", "rows", row, ...(field === null ? [] : [field])]),
    detail,
  }));
  if (errors.length <= MAX_FIELD_ERRORS) return invalid(errors);
  const named = errors.slice(0, MAX_FIELD_ERRORS - 1);
  return invalid([...named, { path: "/population/rows", detail: `and ${errors.length - named.length} more faults` }]);
}

function toReply(simulation: Simulation) {
  const { lost, changed } = simulation;
  return {
    ...simulation,
    regions: [...simulation.regions],
    lost: { count: lost.count, items: lost.items.map(withClients) },
    changed: {
      count: changed.count,
      items: changed.items.map((item) => ({ ...withClients(item), before: [...item.before], after: [...item.after] })),
    },
  };
}

function withClients<T extends { readonly place: Place; readonly target: Target }>({ place, target, ...rest }: T) {
  const known = Object.fromEntries(Object.entries(place).filter(([, value]) => value !== null)) as PlaceReply;
  return { place: known, ...(target.kind === "host" ? { host: target.host } : { service: target.id }), ...rest };
}
