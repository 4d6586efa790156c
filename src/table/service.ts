import { z } from "zod";
import { backendIdSchema } from "./backend.ts";
import { mitigationSchema } from "./mitigation-settings.ts";
import { headerNameSchema, policyIdSchema } from "./policy.ts";
import { shapingSchema } from "./shaping-settings.ts";

export const serviceIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "expected lower-case letters, digits and hyphens")
  .brand<"ServiceId">();
export type ServiceId = z.infer<typeof serviceIdSchema>;

export const MAX_SERVICES = 1000;

/** `*` answers every host, `*.example.com` every host below example.com, else the exact host. Without a port. */
const hostPatternSchema = z
  .string()
  .max(255)
  .toLowerCase()
  .regex(/^(\*|(\*\.)?[a-z0-9]([a-z0-9._-]*[a-z0-9])?|\[[0-9a-f:.]+\])$/, "expected a host, *.domain, or *");

const affinitySchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("none") }),
  /** A signed cookie that names the backend. */
  z.strictObject({ kind: z.literal("cookie"), ttlSeconds: z.int().min(1).max(604_800).default(82_800) }),
  /** Rendezvous hashing of a request header. */
  z.strictObject({ kind: z.literal("header"), name: headerNameSchema }),
  /** Rendezvous hashing of the client's address (v6: its /64). */
  z.strictObject({ kind: z.literal("client-address") }),
]);

export const serviceSchema = z.strictObject({
  hosts: z.array(hostPatternSchema).min(1).max(100),
  pathPrefix: z
    .string()
    .max(512)
    .regex(/^\/[\x21-\x7e]*$/, "expected an absolute path")
    .default("/"),
  /** The backends that serve it, or `all`. */
  backends: z
    .union([z.literal("all"), z.array(backendIdSchema).min(1).max(10_000)], "expected all, or a list of backend ids")
    .default("all"),
  policy: policyIdSchema,
  /**
   * `none`: any region. `preferred`: inside the client's jurisdiction while any region there is healthy.
   * `required`: inside, or refused.
   */
  residency: z.enum(["none", "preferred", "required"]).default("none"),
  /** What `required` does with a client whose country is not known. */
  unknownPlace: z.enum(["refuse", "allow"]).default("refuse"),
  affinity: affinitySchema.default({ kind: "none" }),
  /** Percent of the clients, sticky by address, that go to backends of track `canary`. */
  canaryPercent: z.number().min(0).max(100).default(0),
  /** Until the response headers arrive: one try, and all tries together. */
  tryTimeoutMs: z.int().min(10).max(300_000).default(10_000),
  totalTimeoutMs: z.int().min(10).max(600_000).default(30_000),
  /** The same for a request whose body streams through, in place of both: it cannot be tried twice. */
  uploadTimeoutMs: z.int().min(10).max(3_600_000).default(300_000),
  /** Retries beyond the first try (at most 3), for requests that are safe to repeat. */
  maxRetries: z.int().min(0).max(3).default(3),
  /** Retries may be at most this percent of the requests of the last 10 s, beyond 10 a second that are always allowed. */
  retryBudgetPercent: z.number().min(0).max(100).default(20),
  /** Send a second try to another backend when the first has not answered within this time. */
  hedgeAfterMs: z.int().min(1).max(60_000).nullable().default(null),
  /** Consecutive failures after which this isolate ejects a backend. */
  ejectAfterErrors: z.int().min(1).max(1000).default(5),
  /** Ejection lasts this long times the number of ejections, at most 300 s. */
  ejectionSeconds: z.int().min(1).max(300).default(30),
  /**
   * At most this percent of a service's backends is ejected at a time, though always at least one. Half, so that a
   * region of many nodes can be; with Envoy's 10 most of a dead region would stay in play until it is probed.
   */
  maxEjectedPercent: z.number().min(0).max(100).default(50),
  /** A backend that comes up takes its share gradually over this time. */
  slowStartSeconds: z.int().min(0).max(3600).default(30),
  /** Exponent of the slow start: 1 is linear, larger is faster at first. */
  slowStartAggression: z.number().min(0.1).max(10).default(1),
  /** Load, percent, above which a backend sheds traffic, linearly to nothing at 100. */
  shedAbovePercent: z.number().min(1).max(100).default(80),
  /** Envoy's overprovisioning factor, percent. */
  overprovisioningPercent: z.number().min(100).max(1000).default(140),
  /**
   * Envoy's panic threshold, percent of healthy backends in a tier (Envoy's default is 50); 0 turns panic off. Off
   * unless asked for: a verdict of down is three failed checks in a row, and what is sent there anyway and cannot be
   * repeated is lost, however many other regions have died.
   */
  panicThresholdPercent: z.number().min(0).max(100).default(0),
  /** With no healthy backend: answer 503, or try the unhealthy ones. */
  whenNoneHealthy: z.enum(["fail-closed", "fail-open"]).default("fail-closed"),
  /** The largest request body, bytes. Cloudflare's own limit is lower on most plans. */
  maxBodyBytes: z.int().min(0).max(5_000_000_000).default(512_000_000),
  /** Requests that one client may have in progress at one isolate, to the end of their responses. */
  maxConcurrentPerClient: z.int().min(1).max(100_000).default(500),
  mitigation: mitigationSchema.prefault({}),
  shaping: shapingSchema.prefault({}),
  /** Percent of the requests that are traced. Those that fail, are retried or refused are traced anyway. */
  tracePercent: z.number().min(0).max(100).default(0.1),
  /** Tell clients which region, backend and policy served them. */
  exposeDecision: z.boolean().default(false),
});
export type Service = z.infer<typeof serviceSchema>;
