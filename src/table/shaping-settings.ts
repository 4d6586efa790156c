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
    class: priorityClassSchema,
  })
  .refine(({ pathPrefix, method, header }) => (pathPrefix ?? method ?? header) !== undefined, "expected a condition");

/** What a class may use of each region; `null`: all. */
const classLimitSchema = z.strictObject({
  /** Requests in progress from one isolate, to the end of their responses; WebSockets until they are open. */
  concurrency: z.int().min(1).max(100_000).nullable().default(null),
  /** Requests a second, over all edges. */
  perSecond: z.int().min(1).max(10_000_000).nullable().default(null),
});

/** How the traffic of a service is shaped. */
export const shapingSchema = z.strictObject({
  /** The first that holds says the class. */
  rules: z.array(priorityRuleSchema).max(20).default([]),
  otherwise: priorityClassSchema.default("normal"),
  critical: classLimitSchema.prefault({}),
  normal: classLimitSchema.prefault({}),
  bulk: classLimitSchema.prefault({}),
  /** Limits the requests in flight to each backend by its latency, and sheds the lowest class first. */
  adaptiveConcurrency: z.boolean().default(true),
  /** Of one response of class `bulk`, bytes a second; `null`: as fast as it comes. */
  bulkBytesPerSecond: z.int().min(1024).max(10_000_000_000).nullable().default(null),
});
export type Shaping = z.infer<typeof shapingSchema>;
