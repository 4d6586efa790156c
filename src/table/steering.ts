import { z } from "zod";
import { placeFields } from "../geo/place-fields.ts";
import { biasSchema } from "./policy.ts";
import { MAX_REGIONS, regionIdSchema, weightSchema } from "./region.ts";
import { serviceIdSchema } from "./service.ts";

/** Records of one answer. More would not fit into a message that reaches everybody. */
export const MAX_VALUES = 100;
/** Characters of one record: eight strings of a TXT record, the longest key that anybody publishes. */
const MAX_VALUE_CHARS = 4096;

export const answerValuesSchema = z.array(z.string().min(1).max(MAX_VALUE_CHARS)).min(1).max(MAX_VALUES);

const targets = <T extends z.ZodType>(target: T) =>
  z
    .record(regionIdSchema, target)
    .refine((all) => Object.keys(all).length > 0, "expected at least one region")
    .refine((all) => Object.keys(all).length <= MAX_REGIONS, `at most ${MAX_REGIONS} regions`);

const target = z.strictObject({ values: answerValuesSchema });

/** Where the values lead: a region that is down is passed over, and one that residency does not permit too. */
const placedTarget = z.strictObject({ values: answerValuesSchema, region: regionIdSchema.nullable().default(null) });

/**
 * The service behind the values: residency is its, and so is health, of its backends in a region. `null`: all backends
 * count, there is no residency, and with all of them down the first choice is answered.
 */
const service = serviceIdSchema.nullable().default(null);

/** Who is told what, by the same decision as requests are routed. All but geolocation choose among regions. */
export const steeringSchema = z.discriminatedUnion("kind", [
  /** The fastest region from where the client is. */
  z.strictObject({ kind: z.literal("latency"), service, targets: targets(target) }),
  /** By chance, in proportion to weight. */
  z.strictObject({
    kind: z.literal("weighted"),
    service,
    targets: targets(target.extend({ weight: weightSchema.default(100) })),
  }),
  /** The first region of the order that is up. */
  z.strictObject({
    kind: z.literal("failover"),
    service,
    order: z.array(regionIdSchema).min(1).max(MAX_REGIONS),
    targets: targets(target),
  }),
  /** All regions that are up, in random order. */
  z.strictObject({
    kind: z.literal("multivalue"),
    service,
    targets: targets(target),
    /** Records of one answer. */
    maxValues: z.int().min(1).max(MAX_VALUES).default(8),
  }),
  /** The nearest region; a positive bias makes one nearer than it is, a negative one farther. */
  z.strictObject({
    kind: z.literal("geo-proximity"),
    service,
    targets: targets(target.extend({ bias: biasSchema.default(0) })),
  }),
  /** By the client's country, else its continent, else the default. */
  z.strictObject({
    kind: z.literal("geolocation"),
    service,
    countries: z.record(placeFields.country.unwrap(), placedTarget).default({}),
    continents: z.partialRecord(placeFields.continent.unwrap(), placedTarget).default({}),
    default: placedTarget,
  }),
]);
export type Steering = z.infer<typeof steeringSchema>;
export type PlacedTarget = z.infer<typeof placedTarget>;
