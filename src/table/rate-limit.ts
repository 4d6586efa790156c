import { z } from "zod";
import { headerNameSchema } from "./policy.ts";
import { serviceIdSchema } from "./service.ts";

export const rateLimitIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "expected lower-case letters, digits and hyphens");

export const MAX_RATE_LIMITS = 200;
/** Policies that one service may have: each of them is looked at on each of its requests. */
export const MAX_RATE_LIMITS_OF_SERVICE = 20;

/** A part of what tells one who is limited from another. */
export const limitKeyPartSchema = z.discriminatedUnion(
  "kind",
  [
    /** v6: its /64. */
    z.strictObject({ kind: z.literal("client-address") }),
    z.strictObject({ kind: z.literal("header"), name: headerNameSchema }),
    z.strictObject({ kind: z.literal("cookie"), name: z.string().regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}$/) }),
    z.strictObject({ kind: z.literal("asn") }),
    z.strictObject({ kind: z.literal("country") }),
  ],
  "expected an object whose kind is client-address, asn or country, or header or cookie beside a name",
);
export type LimitKeyPart = z.infer<typeof limitKeyPartSchema>;

/** A limit on requests: a token bucket for each key. A request may spend up to `burst` tokens at once. */
export const rateLimitSchema = z.strictObject({
  /** Whose requests it is for. */
  services: z
    .union([z.literal("all"), z.array(serviceIdSchema).min(1).max(1000)], "expected all, or a list of service ids")
    .default("all"),
  pathPrefix: z
    .string()
    .max(512)
    .regex(/^\/[\x21-\x7e]*$/, "expected an absolute path")
    .default("/"),
  /** `null`: any. */
  methods: z
    .array(z.string().regex(/^[A-Z]{1,20}$/, "expected a method in capitals"))
    .min(1)
    .max(20)
    .nullable()
    .default(null),
  /** Requests that lack one of the parts (a header, a cookie, a country that nobody knows) share the key of those that do. */
  key: z
    .array(limitKeyPartSchema)
    .min(1)
    .max(4)
    .default([{ kind: "client-address" }]),
  /** Tokens that come in a period. */
  rate: z.int().min(1).max(10_000_000).default(10_000),
  periodSeconds: z.int().min(1).max(86_400).default(1),
  /** What the bucket holds when it is full: so many may come at once, above the rate. */
  burst: z.int().min(1).max(10_000_000).default(1000),
  /** Tokens that a request spends; 0 is free and never limited. At most `burst`, or no request could pass. */
  cost: z.int().min(0).max(10_000_000).default(1),
  /** What becomes of a request that finds no tokens. `log` lets it pass, and counts it. */
  action: z.enum(["block", "challenge", "log"]).default("block"),
  /** Counts what it would have done, and does nothing. */
  shadow: z.boolean().default(false),
  /**
   * Where the owner of the bucket cannot be reached: each edge takes the limit divided by the edges that it last heard of,
   * or lets all pass, or none.
   */
  whenUnreachable: z.enum(["divide", "open", "closed"]).default("divide"),
  /** An address that has been over the limit for so long is banned; `null`: never. Only where the key is the address alone. */
  banAfterSeconds: z.int().min(1).max(3600).nullable().default(null),
});
export type RateLimit = z.infer<typeof rateLimitSchema>;

/** Whether each client has a bucket of its own, and nothing else. */
export const isOfAddress = ({ key }: Pick<RateLimit, "key">): boolean =>
  key.length === 1 && key[0]?.kind === "client-address";

/** Whether it lets pass whom it would limit, and only counts them. */
export const isSilent = ({ shadow, action }: Pick<RateLimit, "shadow" | "action">): boolean =>
  shadow || action === "log";
