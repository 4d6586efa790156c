import { z } from "zod";
import { headerNameSchema } from "./policy.ts";

/** What a body is searched in; a longer one fails the check. */
export const MAX_PROBED_BODY_BYTES = 65_536;

/** How a backend is checked, and what is expected of it. */
export const probeSchema = z.discriminatedUnion("kind", [
  /** Asks for its health path, over TLS where the origin is https. */
  z.strictObject({
    kind: z.literal("http"),
    /** Any of these; where none is named, any from 200 to 299. */
    statuses: z.array(z.int().min(100).max(599)).max(20).default([]),
    /** Somewhere in the body, which is at most 64 KB then; `null` does not read it. */
    body: z.string().min(1).max(1000).nullable().default(null),
    /** A header field, with this value or with any. */
    header: z
      .strictObject({ name: headerNameSchema, value: z.string().max(1000).nullable().default(null) })
      .nullable()
      .default(null),
  }),
  /** Opens a connection and closes it: to this port, or to the origin's. */
  z.strictObject({ kind: z.literal("tcp"), port: z.int().min(1).max(65_535).nullable().default(null) }),
]);
export type Probe = z.infer<typeof probeSchema>;

export const defaultProbe: Probe = { kind: "http", statuses: [], body: null, header: null };
