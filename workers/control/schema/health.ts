import { z } from "zod";
import { locationHints } from "../../../src/table/region.ts";
import { loadSchema, tallySchema } from "../../../src/table/verdict.ts";
import { timeSchema } from "./field.ts";
import { observedRegionSchema, regionTransitionSchema } from "./observed-region.ts";

/** `/health`: the control plane itself. */
export const controlHealthSchema = z
  .strictObject({
    status: z.literal("up"),
    epoch: z.int(),
    /** Since the last change of the configuration; `null` before the first. */
    ageSeconds: z.number().nullable(),
  })
  .meta({ id: "ControlHealth" });
export type ControlHealth = z.infer<typeof controlHealthSchema>;

const regionStatusSchema = z.enum(["up", "degraded", "down", "unknown"]);
export type RegionStatus = z.infer<typeof regionStatusSchema>;

/** What one vantage says of a backend. */
const vantageWordSchema = z
  .strictObject({
    vantage: z.enum(locationHints),
    status: z.enum(["up", "down"]),
    since: timeSchema,
    checkedAt: timeSchema,
    /** When the table heard it. */
    heardAt: timeSchema,
    /** Whether it was heard lately enough to have a vote. */
    counts: z.boolean(),
    latencyMs: z.number().nullable(),
    detail: z.string(),
  })
  .meta({ id: "VantageWord" });
export type VantageWord = z.infer<typeof vantageWordSchema>;

const backendHealthSchema = z
  .strictObject({
    id: z.string(),
    status: z.enum(["up", "down", "unknown"]),
    state: z.enum(["active", "draining", "disabled"]),
    since: timeSchema.nullable(),
    /** From when it takes its share gradually; `null` when it has not fallen. */
    recoveredAt: timeSchema.nullable(),
    checkedAt: timeSchema.nullable(),
    latencyMs: z.number().nullable(),
    load: loadSchema.nullable(),
    vantage: z.string().nullable(),
    detail: z.string().nullable(),
    /** Of the vantages; `null` while nothing is decided. */
    votes: tallySchema.nullable(),
    /** When an edge last took it out for failing traffic; `null` when none has since the table's object started. */
    suspectedAt: timeSchema.nullable(),
    /** Who says what; of one region alone. */
    vantages: z.array(vantageWordSchema).optional(),
  })
  .meta({ id: "BackendHealth" });
export type BackendHealth = z.infer<typeof backendHealthSchema>;

/** What was kept of one backend: each change of its status, and samples between. */
const healthPointSchema = z
  .strictObject({
    at: timeSchema,
    backend: z.string(),
    vantage: z.string(),
    status: z.enum(["up", "down"]),
    latencyMs: z.number().nullable(),
    load: loadSchema.nullable(),
    detail: z.string(),
  })
  .meta({ id: "HealthPoint" });
export type HealthPoint = z.infer<typeof healthPointSchema>;

export const regionHealthSchema = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    status: regionStatusSchema,
    state: z.enum(["active", "draining", "maintenance"]),
    weight: z.number(),
    dialPercent: z.number(),
    backendsUp: z.int(),
    /** Those that take new clients: not down, and closed neither by state, weight or dial of their own nor of the region. */
    backendsOpen: z.int(),
    /** Median of the last round trips of the backends that are up. */
    latencyMs: z.number().nullable(),
    /** Mean of the backends that are up and tell their load. */
    load: loadSchema.nullable(),
    /** The oldest of its backends' last checks. */
    checkedAt: timeSchema.nullable(),
    /** `null` while nobody watches it. */
    observed: observedRegionSchema.nullable(),
    backends: z.array(backendHealthSchema),
    /** Of its backends, newest first; with `since` only. */
    history: z.array(healthPointSchema).optional(),
    /** Of what it was held to be, newest first; with `since` only. */
    transitions: z.array(regionTransitionSchema).optional(),
  })
  .meta({ id: "RegionHealth" });
export type RegionHealth = z.infer<typeof regionHealthSchema>;

/** A time (RFC 3339), or how long ago: `90s`, `15m`, `1h`, `7d`. */
export const sinceSchema = z.union([z.iso.datetime({ offset: true }), z.string().regex(/^\d{1,6}[smhd]$/)], {
  error: "expected a time (RFC 3339) or a duration such as 1h",
});
