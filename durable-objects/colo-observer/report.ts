import { z } from "zod";
import { type CountBatch, countBatchSchema } from "../../src/health/count-batch.ts";
import type { Sample } from "../../src/routing/latency/learner.ts";
import type { ColoDemand } from "../../src/simulation/population.ts";
import { regionIdSchema } from "../../src/table/region.ts";
import { serviceIdSchema } from "../../src/table/service.ts";
import { MAX_REPORTED } from "./api.ts";

/** Samples from the future, by a clock that is ahead, are worth no more than this. */
const MAX_AHEAD_MS = 5000;
/** Older samples were held back somewhere, and say nothing of now. */
const MAX_BEHIND_MS = 60_000;
const MAX_WANTED = 256;
/** No isolate takes as many between two reports. */
const MAX_REQUESTS = 10_000_000;

const countrySchema = z
  .string()
  .regex(/^[A-Z]{2}$/)
  .nullable();

const sampleSchema = z.object({
  region: regionIdSchema,
  ms: z.number().gt(0).max(60_000),
  at: z.number().min(0),
  asn: z.int().min(1).max(4_294_967_295).nullable(),
  country: countrySchema,
}) satisfies z.ZodType<Sample>;

const demandSchema = z.object({
  service: serviceIdSchema,
  country: countrySchema,
  requests: z.int().min(1).max(MAX_REQUESTS),
}) satisfies z.ZodType<ColoDemand>;

/** What a report says that can be believed. */
export interface ReadReport {
  readonly samples: readonly Sample[];
  readonly wanted: readonly string[];
  readonly others: readonly string[];
  readonly demand: readonly ColoDemand[];
  readonly traffic: CountBatch | null;
}

/**
 * Reads a report, which another version of the edge may have sent while a deployment rolls out: parts that this one
 * does not know are passed over, and so is each entry that is no such thing or could not be so.
 */
export function readReport(report: unknown, now: number): ReadReport {
  const { samples, wanted, others, demand, traffic } = (report ?? {}) as Readonly<Record<string, unknown>>;
  return {
    samples: entries(sampleSchema, samples, MAX_REPORTED)
      .filter(({ at }) => at <= now + MAX_AHEAD_MS && at >= now - MAX_BEHIND_MS)
      .map((sample) => ({ ...sample, at: Math.floor(Math.min(sample.at, now)) })),
    wanted: entries(regionIdSchema, wanted, MAX_WANTED),
    others: entries(regionIdSchema, others, MAX_WANTED),
    demand: entries(demandSchema, demand, MAX_REPORTED),
    traffic: countBatchSchema.safeParse(traffic).data ?? null,
  };
}

function entries<T>(schema: z.ZodType<T>, list: unknown, limit: number): T[] {
  return Array.isArray(list) ? list.slice(0, limit).flatMap((entry) => schema.safeParse(entry).data ?? []) : [];
}
