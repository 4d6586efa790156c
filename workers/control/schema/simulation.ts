import { z } from "zod";
import { MAX_POPULATION_ROWS } from "../../../src/simulation/population.ts";
import { serviceIdSchema } from "../../../src/table/service.ts";
import { proposalFields } from "./proposal.ts";

/** Typical of an API; a request that streams or waits holds its connection for longer. */
const DEFAULT_SERVICE_MS = 50;

/** For rows that name neither service nor host; where the table has one service alone, it is that one. */
const service = serviceIdSchema.optional();

const populationSchema = z.discriminatedUnion("source", [
  /** The people of the world, by country. */
  z.strictObject({ source: z.literal("world"), service }),
  /** The last hour's requests, as the edges counted them. */
  z.strictObject({ source: z.literal("traffic") }),
  /** Each row is checked by itself, so that all that are wrong can be named. */
  z.strictObject({
    source: z.literal("rows"),
    service,
    rows: z.array(z.unknown()).min(1).max(MAX_POPULATION_ROWS),
  }),
]);

/** A change to be tried out on a population. Without any change it shows the table as it is. */
export const simulationRequestSchema = z
  .strictObject({
    ...proposalFields,
    population: populationSchema.default({ source: "world" }),
    /** Of the whole population; `weights` says that the weights are requests a second, as those of `traffic` are. */
    requestsPerSecond: z.union([z.number().positive().max(1e12), z.literal("weights")]).optional(),
    /** How long a backend works on a request, milliseconds. */
    serviceMs: z.number().min(0).max(600_000).default(DEFAULT_SERVICE_MS),
  })
  .refine(({ population, requestsPerSecond }) => population.source !== "world" || requestsPerSecond !== "weights", {
    path: ["requestsPerSecond"],
    error: "the weights of world are people and no requests: expected a rate",
  })
  .meta({ id: "SimulationRequest" });
export type SimulationRequest = z.infer<typeof simulationRequestSchema>;

const part = z.number();

const trafficSchema = z.strictObject({
  share: part,
  connections: z.int(),
  concurrent: z.number().nullable(),
  use: z.number().nullable(),
});

const outcomeSchema = z.strictObject({
  served: part,
  unhealthy: part,
  refused: part,
  noneHealthy: part,
  noService: part,
});

const spreadSchema = z.strictObject({ meanMs: z.number(), p50Ms: z.number(), p95Ms: z.number() }).nullable();

/** What is known of a place; what is not is left out. */
const placeSchema = z.strictObject({
  country: z.string().optional(),
  subdivision: z.string().optional(),
  continent: z.string().optional(),
  latitude: z.number().optional(),
  longitude: z.number().optional(),
  colo: z.string().optional(),
  asn: z.int().optional(),
});
export type PlaceReply = z.infer<typeof placeSchema>;

const clients = { place: placeSchema, service: z.string().optional(), host: z.string().optional(), share: part };

const placeSharesSchema = z.array(z.strictObject({ region: z.string(), share: part, ms: z.number() }));

const listed = <T extends z.ZodType>(item: T) => z.strictObject({ count: z.int(), items: z.array(item) });

/** The effect of the change. Shares and parts are of the whole traffic, 0 to 1; those of a place are of its own. */
export const simulationSchema = z
  .strictObject({
    epoch: z.int(),
    /** Entities that the patch and the weights change. */
    changes: z.int(),
    rows: z.int(),
    /** Rows of the last hour's traffic beyond the limit, the smallest, which were left out. */
    omittedRows: z.int(),
    /** Over how long the requests of `traffic` were counted; `null` for other populations. */
    coveredSeconds: z.number().nullable(),
    requestsPerSecond: z.number().nullable(),
    regions: z.array(
      z.strictObject({ id: z.string(), before: trafficSchema.nullable(), after: trafficSchema.nullable() }),
    ),
    outcome: z.strictObject({ before: outcomeSchema, after: outcomeSchema }),
    moved: part,
    latency: z.strictObject({
      before: spreadSchema,
      after: spreadSchema,
      added: spreadSchema,
      addedWhereMoved: spreadSchema,
    }),
    lost: listed(
      z.strictObject({
        ...clients,
        reason: z.enum(["no-permitted-region", "unknown-place", "none-healthy", "no-service"]),
        jurisdiction: z.string().nullable(),
        servedBefore: z.boolean(),
      }),
    ),
    changed: listed(
      z.strictObject({
        ...clients,
        moved: part,
        before: placeSharesSchema,
        after: placeSharesSchema,
        addedMs: z.number(),
      }),
    ),
  })
  .meta({ id: "Simulation" });
export type SimulationReply = z.infer<typeof simulationSchema>;
