import { z } from "zod";
import { signatureMatchSchema, signatureSchema } from "../../../src/table/defence.ts";
import { mitigationSchema } from "../../../src/table/mitigation-settings.ts";
import { attackSummarySchema, levelSchema } from "./attack.ts";
import { timeSchema } from "./field.ts";
import { writtenWarningsSchema } from "./table-warning.ts";

export { mitigationSchema } from "../../../src/table/mitigation-settings.ts";

/** What is done about attacks on a service: as it is set, and as it is. */
export const mitigationReplySchema = z
  .strictObject({
    service: z.string(),
    ...mitigationSchema.shape,
    /** What is in force: the level that is set by hand, or else that of the automatic defence, at most `most`. */
    level: levelSchema,
    /** What an attack has made the shield do; `null` while nothing. With a level by hand it waits. */
    automatic: z
      .strictObject({
        attack: z.string(),
        level: levelSchema,
        since: timeSchema,
        signatures: z.array(signatureSchema),
      })
      .nullable(),
  })
  .meta({ id: "ServiceMitigation" });
export type MitigationReply = z.infer<typeof mitigationReplySchema>;

/** The same as it was written, and what speaks against it; nothing was refused for that. */
export const writtenMitigationSchema = mitigationReplySchema
  .extend({ warnings: writtenWarningsSchema })
  .meta({ id: "WrittenServiceMitigation" });

/** How the shield stands. */
export const shieldStatusSchema = z
  .strictObject({
    /** Services that are under attack, or on which something is done. The others are observed. */
    services: z.array(
      mitigationReplySchema.pick({ service: true, mode: true, most: true, level: true, automatic: true }).extend({
        /**
         * Of what `automatic` does: which requests are met by the most, and what share of the usual ones is like them; `null`
         * where nothing is done by signatures. `collateral` is `null` where the mitigator does not tell it.
         */
        strictest: z
          .strictObject({ match: signatureMatchSchema, level: levelSchema, collateral: z.number().nullable() })
          .nullable(),
      }),
    ),
    /** Of all services. */
    observed: z.int(),
    policies: z.strictObject({ enforced: z.int(), logging: z.int() }),
    /** What the mitigator knows; `null` where it cannot be reached. */
    mitigator: z
      .strictObject({
        /** Attacks that are not over, the newest first. */
        attacks: z.array(attackSummarySchema),
        bans: z.strictObject({ standing: z.int(), addresses: z.int(), prefixes: z.int() }),
        /** That wait for a person. */
        proposals: z.int(),
        goodClients: z.strictObject({ known: z.number(), touched: z.number(), mayTouch: z.number() }),
        /** What the table has not taken yet, and calls to it that failed in a row. */
        waiting: z.strictObject({ bans: z.int(), defences: z.int(), failures: z.int() }),
      })
      .nullable(),
    /** What the detector of all traffic knows of each service; `null` where it cannot be reached. */
    detector: z
      .array(
        z.strictObject({
          service: z.string(),
          /** Whether it has seen enough to call anything an attack. */
          mayAct: z.boolean(),
          observedSeconds: z.number(),
          /** Requests a second; nothing is expected while there is nothing to go by. */
          actual: z.number(),
          expected: z.number().nullable(),
          /** How far off, in standard deviations. */
          sigmas: z.number(),
        }),
      )
      .nullable(),
    /**
     * Requests that the shield refused in the last minute, by how: `blocked` by the blacklist, `limited` by a policy,
     * `challenged`, `throttled` and `mitigated` by a level, `shed` where regions were full, `too-many-waiting` of a client.
     * `null` where the detector cannot be reached, or does not tell.
     */
    refused: z.record(z.string(), z.int()).nullable(),
    /**
     * Requests that each policy was for in the last hour, as edges have told: those that passed, those it limited, and
     * those it would have limited, as it only counts. `null` where the detector cannot be reached, or does not tell.
     */
    limits: z
      .array(z.strictObject({ policy: z.string(), passed: z.int(), limited: z.int(), wouldLimit: z.int() }))
      .nullable(),
    /** Entries of the blacklist in force: those that the shield made, and the others. */
    blacklist: z.strictObject({ shield: z.int(), people: z.int() }),
  })
  .meta({ id: "ShieldStatus" });
export type ShieldStatusReply = z.infer<typeof shieldStatusSchema>;
