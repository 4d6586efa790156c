import { z } from "zod";
import { serviceIdSchema } from "../table/service.ts";
import { traitsSchema } from "./traits.ts";

/** A request of so many like it. */
export const weightedTraitsSchema = z.object({ traits: traitsSchema, weight: z.number().positive() });
export type WeightedTraits = z.infer<typeof weightedTraitsSchema>;

/** What a report tells of is of so many last seconds: its rates are means over them. */
export const REPORT_SECONDS = 3;
export const MAX_SAMPLES = 2000;
export const MAX_CULPRITS = 200;
const MAX_EXPLANATIONS = 50;

/** What an anomaly detector says of an attack, each second from its start to its end. Times are Unix milliseconds. */
export const attackReportSchema = z.object({
  id: z.string().regex(/^[a-z0-9-]{1,64}$/),
  service: serviceIdSchema,
  /** The region that sees it; `global` where all of the traffic does. */
  scope: z.string().min(1).max(64),
  state: z.enum(["ongoing", "ended"]),
  at: z.number(),
  startedAt: z.number(),
  /** When it could last be seen. That it has ended is said when it has been quiet for a while. */
  lastOutAt: z.number().optional(),
  /** More than was expected, or less. */
  direction: z.enum(["flood", "silence"]),
  /** The worst so far, as are `sigmas`. */
  severity: z.enum(["minor", "major", "critical"]),
  /**
   * By what the last seconds show of it alone, those that `actual` and `recent` are of: `none` where that is no more, or no
   * less, than chance brings. Without it, nobody can tell, and it is held to be as bad as it was.
   */
  severityNow: z.enum(["none", "minor", "major", "critical"]).optional(),
  /**
   * Whether all that is seen of it may have moved from other parts of the traffic, as clients do with a release whose paths
   * are others: nothing has come on top, so far.
   */
  hasMoved: z.boolean().optional(),
  /** How far off, in standard deviations. */
  sigmas: z.number(),
  /** Requests a second. Of a part that has come on top of what was less than usual: what there would be without it. */
  expected: z.number().min(0),
  /** A mean: the second that was judged may have had up to three times as many. */
  actual: z.number().min(0),
  /** Of `actual`, what the shield let pass to be routed; not there where the detector cannot tell. */
  passed: z.number().min(0).optional(),
  /** Whose share changed, the one that explains most first. Shares are 0 to 1 of the service's requests. */
  explanations: z
    .array(
      z.object({
        dimension: z.string().min(1).max(40),
        value: z.string().min(1).max(200),
        usualShare: z.number().min(0).max(1),
        share: z.number().min(0).max(1),
        /** Requests a second beyond what was expected of it. */
        excess: z.number(),
      }),
    )
    .max(MAX_EXPLANATIONS),
  /** Requests of the last seconds, and of usual times. Weights add up to requests a second. */
  recent: z.array(weightedTraitsSchema).max(MAX_SAMPLES),
  usual: z.array(weightedTraitsSchema).max(MAX_SAMPLES),
  /** The clients with the most requests now, the first of them first. */
  culprits: z
    .array(
      z.object({
        client: z.string().min(1).max(64),
        perSecond: z.number().min(0),
        /** What it had in one second of usual times, at most. */
        usualPerSecond: z.number().min(0),
      }),
    )
    .max(MAX_CULPRITS),
});
export type AttackReport = z.infer<typeof attackReportSchema>;

/** How bad it is now; `none` where nothing of it is left, for the moment at least. */
export const severityNowOf = ({ severity, severityNow = severity }: AttackReport): "none" | AttackReport["severity"] =>
  severityNow;

/** An address that has been over a rate limit for as long as its policy allows. */
export const breachSchema = z.object({
  limit: z.string().min(1).max(63),
  client: z.string().min(1).max(64),
  at: z.number(),
  /** For how long it has been over the limit. */
  seconds: z.number().min(0),
  /** Tokens a second: what it asked for, and what it may have. */
  offered: z.number().min(0),
  allowed: z.number().min(0),
});
export type Breach = z.infer<typeof breachSchema>;
