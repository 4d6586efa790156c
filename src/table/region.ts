import { z } from "zod";
import { failbackSettingsSchema } from "./failback-settings.ts";
import { failoverSettingsSchema } from "./failover-settings.ts";

/** A region id such as `us-east-1`. Not `constructor`: ids are keys of plain objects, which inherit that name. */
export const regionIdSchema = z
  .string()
  .regex(/^(?!constructor$)[a-z0-9][a-z0-9-]{0,62}$/, "expected lower-case letters, digits and hyphens, at most 63")
  .brand<"RegionId">();
export type RegionId = z.infer<typeof regionIdSchema>;

export const MAX_REGIONS = 256;
export const MAX_WEIGHT = 1000;

/** Cloudflare's Durable Object location hints (developers.cloudflare.com, Durable Objects, data location). */
export const locationHints = [
  "wnam",
  "enam",
  "sam",
  "weur",
  "eeur",
  "apac",
  "apac-ne",
  "apac-se",
  "oc",
  "afr",
  "me",
] as const;
/** From where backends are checked: each hint has a health monitor. */
export type Vantage = (typeof locationHints)[number];
export const isVantage = (name: string): name is Vantage => (locationHints as readonly string[]).includes(name);

export const weightSchema = z.number().min(0).max(MAX_WEIGHT);

export const regionSchema = z.strictObject({
  name: z.string().min(1).max(100),
  /** ISO 3166-1 alpha-2 country in which the region's machines stand; residency rests on it. */
  country: z.string().regex(/^[A-Z]{2}$/, "expected an ISO 3166-1 alpha-2 code in capitals"),
  /** Degrees, WGS 84. */
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  nodes: z.int().min(0).max(1_000_000),
  /** Concurrent connections that the region can carry: its capacity. */
  connections: z.int().min(1).max(1_000_000_000),
  zones: z.int().min(1).max(26),
  frameworks: z.array(z.string().min(1).max(50)).max(50).default([]),
  locationHint: z.enum(locationHints),
  jurisdiction: z.enum(["eu", "us", "fedramp"]).optional(),
  weight: weightSchema.default(100),
  /** Traffic dial, percent: the part of the traffic due to this region that it takes; the rest spills over. */
  dialPercent: z.number().min(0).max(100).default(100),
  /** `draining` keeps clients that are bound by affinity; `maintenance` takes nobody. */
  state: z.enum(["active", "draining", "maintenance"]).default("active"),
  failover: failoverSettingsSchema.prefault({}),
  failback: failbackSettingsSchema.prefault({}),
});
export type Region = z.infer<typeof regionSchema>;
