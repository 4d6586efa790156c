import { z } from "zod";
import { headerNameSchema } from "./policy.ts";

/** The most important first: what there is no room for is shed from the end. */
export const priorityClasses = ["critical", "normal", "bulk"] as const;
export type PriorityClass = (typeof priorityClasses)[number];
const priorityClassSchema = z.enum(priorityClasses);

/** Requests of a class: all conditions that are there must hold. */
const priorityRuleSchema = z
  .strictObject({
    pathPrefix: z
      .string()
      .max(512)
      .regex(/^\/[\x21-\x7e]*$/, "expected an absolute path")
      .optional(),
    method: z
      .string()
      .regex(/^[A-Z]{1,20}$/, "expected a method in capitals")
      .optional(),
    header: z.strictObject({ name: headerNameSchema, value: z.string().max(200) }).optional(),
    /** Not cookies or addresses: every request would be searched for them. */
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, "expected a country of two capitals (ISO 3166)")
      .optional(),
    asn: z.int().min(0).max(4_294_967_295).optional(),
    class: priorityClassSchema,
  })
  .refine(({ class: _, ...conditions }) => Object.keys(conditions).length > 0, "expected a condition");

/** What a class may use of each region; `null`: all. */
const classLimitSchema = z.strictObject({
  concurrency: z.int().min(1).max(100_000).nullable().default(null).meta({
    description:
      "Requests in progress in a region from one isolate, to the end of their responses; WebSockets until they are open.",
  }),
  perSecond: z
    .int()
    .min(1)
    .max(10_000_000)
    .nullable()
    .default(null)
    .meta({ description: "Requests a second to a region, over all edges." }),
});

/** How the traffic of a service is shaped. */
export const shapingSchema = z.strictObject({
  /** The first that holds says the class. */
  rules: z.array(priorityRuleSchema).max(20).default([]),
  otherwise: priorityClassSchema.default("normal"),
  critical: classLimitSchema.prefault({}),
  normal: classLimitSchema.prefault({}),
  bulk: classLimitSchema.prefault({}),
  adaptiveConcurrency: z.boolean().default(true).meta({
    description:
      "Limits the requests in progress to each backend from one isolate by its latency, and sheds the lowest class first.",
  }),
  /**
   * As nginx's `limit_rate`, which is a request's, and not as Envoy's `bandwidth_limit`, which all of a process share: a client
   * that reads slowly would hold the shares of others, and an isolate's share says nothing of the edge's.
   */
  bulkBytesPerSecond: z
    .int()
    .min(1024)
    .max(10_000_000_000)
    .nullable()
    .default(null)
    .meta({
      description:
        "Bytes a second of each response of class bulk, as they are sent; null is as fast as they come. Several at once have as " +
        "much each: all from an isolate to a region have at most bulk.concurrency times as much.",
    }),
});
export type Shaping = z.infer<typeof shapingSchema>;
