import { z } from "zod";
import { COUNTRY_EXPECTED, placeFields } from "../../../src/geo/place-fields.ts";
import { hostSchema } from "../../../src/request/host.ts";
import { explanationSchema } from "../../../src/telemetry/explanation.ts";
import { proposalFields } from "./proposal.ts";

const MAX_HEADERS = 100;
export const MAX_TRACES_LISTED = 500;
export const MAX_TRACES_REPLAYED = 2000;

const { country, continent, subdivision, colo, latitude, longitude, asn } = placeFields;
const coloSchema = colo.unwrap();

/** The platform's words for a place that it does not know, and for a Tor exit. */
const noCountrySchema = z.enum(["XX", "T1"]);

/** The platform writes degrees as text. */
const degrees = (bound: number) =>
  z.string().refine((text) => /^-?\d{1,3}(\.\d{1,15})?$/.test(text) && Math.abs(Number(text)) <= bound);

/** The part of `request.cf` that is read; whoever has a whole one may send it. */
const cfSchema = z
  .looseObject({
    country: z.union([noCountrySchema, country], COUNTRY_EXPECTED),
    regionCode: subdivision,
    continent,
    colo,
    latitude: z.union([latitude, degrees(90)], "expected degrees from -90 to 90"),
    longitude: z.union([longitude, degrees(180)], "expected degrees from -180 to 180"),
    asn,
  })
  .refine((cf) => (cf.latitude === undefined) === (cf.longitude === undefined), {
    path: ["latitude"],
    error: "latitude and longitude go together",
  });

const { patch, ...trial } = proposalFields;

/** A request to be explained: as it would come, or by its id as it has come. */
export const explainRequestSchema = z
  .strictObject({
    host: hostSchema.optional(),
    path: z
      .string()
      .max(8192)
      .regex(/^\/[\x21-\x7e]*$/, "expected an absolute path")
      .optional(),
    method: z
      .string()
      .regex(/^[A-Z]{1,20}$/, "expected a method in capitals")
      .optional(),
    clientIp: z.union([z.ipv4(), z.ipv6()], "expected an IP address").optional(),
    cf: cfSchema.optional(),
    /** The one by which the service sticks is read, and the user agent for signatures; nothing of them is told. */
    headers: z
      .record(z.string().max(100).toLowerCase(), z.string().max(8192))
      .refine((fields) => Object.keys(fields).length <= MAX_HEADERS, `expected at most ${MAX_HEADERS} fields`)
      .optional(),
    /** The backend that the client's affinity cookie names. */
    bound: z.string().max(127).optional(),
    /** A merge patch (RFC 7396) over the table, to be tried out. */
    table: patch,
    ...trial,
    draw: z.number().min(0).lt(1).optional(),
    requestId: z.string().optional(),
  })
  .refine(({ host, requestId }) => host !== undefined || requestId !== undefined, {
    path: ["host"],
    error: "expected a host, or the id of a request",
  })
  .refine(
    ({ requestId, table: _tried, weights: _weights, down: _down, ...request }) =>
      requestId === undefined || Object.values(request).every((value) => value === undefined),
    { path: ["requestId"], error: "a recorded request has its own host, path, client and draw" },
  );
export type ExplainRequest = z.infer<typeof explainRequestSchema>;

export const explainReplySchema = z.strictObject({
  /** Entities that the proposed table changes. */
  changes: z.int(),
  /** On the table as it is, or as it is proposed. */
  explanation: explanationSchema,
  /** What was decided when the request came; `null` without `requestId`. */
  recorded: explanationSchema.nullable(),
  /** Whether the decision is the recorded one; `null` without `requestId`. */
  agrees: z.boolean().nullable(),
});
export type ExplainReply = z.infer<typeof explainReplySchema>;

/**
 * `failed`: nobody answered, or with a status of 500 or more. `retried`: several backends were tried, whatever came of
 * it. `refused`: by the edge itself.
 */
const traceOutcomeSchema = z.enum(["failed", "retried", "refused"]);
export type TraceOutcome = z.infer<typeof traceOutcomeSchema>;

export const tracesQuerySchema = z.strictObject({
  /** Of all colos that have had traffic of late where it is not given. */
  colo: z.union([coloSchema, z.literal("none")]).optional(),
  /** Those alone, of the newest 2,000 of each colo. */
  outcome: traceOutcomeSchema.optional(),
  limit: z.coerce.number().int().min(1).max(MAX_TRACES_LISTED).default(50),
});

export const tracesReplySchema = z.strictObject({
  /** The newest first. */
  items: z.array(explanationSchema),
  /** Whether there are more that are wanted. */
  isCut: z.boolean(),
  /** Requests that were to be traced and were not, by a bound, in the last hour. */
  omitted: z.int(),
  /** Colos that were asked, and how many more there are. */
  colos: z.array(z.string()),
  omittedColos: z.int(),
});
export type TracesReply = z.infer<typeof tracesReplySchema>;

export const replayRequestSchema = z.strictObject({
  ...proposalFields,
  colo: tracesQuerySchema.shape.colo,
  /** Traces, the newest of each colo. */
  limit: z.int().min(1).max(MAX_TRACES_REPLAYED).default(500),
});

const decisionSchema = explanationSchema.shape.decision;

export const replayReplySchema = z.strictObject({
  epoch: z.int(),
  /** Entities that the proposed table changes. */
  tableChanges: z.int(),
  requests: z.int(),
  undecided: z.int(),
  changes: z.int(),
  moves: z.array(z.strictObject({ from: z.string(), to: z.string(), requests: z.int() })),
  items: z.array(
    z.strictObject({
      requestId: z.string().nullable(),
      at: z.number(),
      host: z.string(),
      path: z.string(),
      colo: z.string().nullable(),
      from: decisionSchema,
      to: decisionSchema,
      why: z.string(),
    }),
  ),
  colos: z.array(z.string()),
  omittedColos: z.int(),
});
export type ReplayReply = z.infer<typeof replayReplySchema>;
