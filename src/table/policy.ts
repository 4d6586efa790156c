import { z } from "zod";
import { regionIdSchema } from "./region.ts";

const nameSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "expected lower-case letters, digits and hyphens");
export const policyIdSchema = nameSchema.brand<"PolicyId">();

export const MAX_POLICIES = 1000;

export const headerNameSchema = z
  .string()
  .max(100)
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "expected a header name (RFC 9110, section 5.1)")
  .toLowerCase();

const hashKeySchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("client-address") }),
  z.strictObject({ kind: z.literal("path") }),
  z.strictObject({ kind: z.literal("header"), name: headerNameSchema }),
]);

/** Percent, in the range that AWS Route 53 has. */
export const biasSchema = z.int().min(-99).max(99);

/** How the candidates of a service are ordered. Health, dial, capacity, drain and residency hold under each of them. */
export const policySchema = z.discriminatedUnion("kind", [
  /** Fastest region first; regions within the tolerance of the fastest are equal and share by weight and capacity. */
  z.strictObject({
    kind: z.literal("latency"),
    tolerancePercent: z.number().min(0).max(100).default(5),
    toleranceMinMs: z.number().min(0).max(1000).default(2),
  }),
  /** Regions by weight alone. */
  z.strictObject({ kind: z.literal("weighted") }),
  /**
   * Nearest region by great circle first; regions within the tolerance are equal. A bias of n, percent, makes a region
   * nearer by n, or a negative one farther by as much as takes n off (AWS Route 53 developer guide, "Geoproximity
   * routing").
   */
  z.strictObject({
    kind: z.literal("geo"),
    toleranceKm: z.number().min(0).max(20_100).default(50),
    bias: z.record(regionIdSchema, biasSchema).default({}),
  }),
  /** Regions in the given order; those not named come last, by id. */
  z.strictObject({ kind: z.literal("failover"), order: z.array(regionIdSchema).min(1).max(256) }),
  /** Backends in turn, in proportion to weight, wherever they are. */
  z.strictObject({ kind: z.literal("round-robin") }),
  /** The less loaded of two random backends (requests in flight from this isolate, per weight). */
  z.strictObject({ kind: z.literal("least-outstanding") }),
  /** Weighted rendezvous hashing over backends. */
  z.strictObject({ kind: z.literal("hash"), key: hashKeySchema.default({ kind: "client-address" }) }),
]);
export type Policy = z.infer<typeof policySchema>;
export type PolicyKind = Policy["kind"];
