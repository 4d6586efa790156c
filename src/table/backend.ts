import { z } from "zod";
import { defaultProbe, probeSchema } from "./probe.ts";
import { regionIdSchema, weightSchema } from "./region.ts";

export const backendIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,126}$/, "expected lower-case letters, digits, dots, hyphens, underscores, at most 127")
  .brand<"BackendId">();
export type BackendId = z.infer<typeof backendIdSchema>;

export const MAX_BACKENDS = 10_000;

const originSchema = z
  .url({ protocol: /^https?$/, error: "expected an http or https origin" })
  .max(512)
  .refine((text) => /^https?:\/\/[^/?#@]+\/?$/.test(text), "expected an origin only: no user, path, query or fragment")
  .transform((text) => text.replace(/\/$/, ""));

const pathSchema = z
  .string()
  .max(512)
  .regex(/^\/[\x21-\x7e]*$/, "expected an absolute path");

/** One server, or one address that stands for several, in one region. */
export const backendSchema = z.strictObject({
  region: regionIdSchema,
  /** Where requests are sent: `http://` or `https://`, host and port. */
  url: originSchema,
  weight: weightSchema.default(100),
  /** Priority tier: 0 is used first, higher ones as lower ones lose health. */
  priority: z.int().min(0).max(9).default(0),
  /** Concurrent requests that the backend can carry. */
  connections: z.int().min(1).max(1_000_000_000).default(1000),
  /** Requests that one isolate may have in progress there, to the end of their responses; `null`: any number. */
  maxConcurrent: z.int().min(1).max(100_000).nullable().default(null),
  track: z.enum(["stable", "canary"]).default("stable"),
  /** `draining` keeps clients that are bound by affinity; `disabled` takes nobody and is not probed. */
  state: z.enum(["active", "draining", "disabled"]).default("active"),
  healthPath: pathSchema.default("/healthz"),
  probe: probeSchema.default(defaultProbe),
  /** Answers the node's load as JSON (cpu, memory, disk, network, inFlight, each 0 to 1); `null` where it has none. */
  loadPath: pathSchema.nullable().default("/load"),
});
export type Backend = z.infer<typeof backendSchema>;
