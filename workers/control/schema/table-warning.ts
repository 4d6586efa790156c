import { z } from "zod";

/**
 * What speaks against a change without refusing it: a policy or a level by hand, held against the traffic that was
 * recorded of late, or a ban that is hardly meant.
 */
export const tableWarningSchema = z
  .strictObject({
    code: z.enum([
      "matches-nothing",
      "matches-everything",
      "limits-many",
      "limits-nobody",
      "bans-nobody",
      "large-burst",
      "challenges-everybody",
      "refuses-everybody",
      "lets-attack-through",
      "turnstile-unverifiable",
      "own-address",
      "too-wide",
      "verified-bot",
      "banned-bot",
      "allowlisted",
      "touches-good-clients",
      "good-clients-unknown",
      "shortens-ban",
      "shortens-entry",
      "expired",
      "unchecked",
    ]),
    /** A JSON pointer into the table's document. */
    path: z.string(),
    detail: z.string(),
    /** What it rests on; `null` where nothing could be counted. */
    counts: z
      .strictObject({
        /** Requests that were recorded by chance, and those of them that the policy is for. */
        requests: z.int(),
        matched: z.int(),
        /** Keys of these, such as addresses, and those of them that would have been limited; `null` where unknown. */
        clients: z.int().nullable(),
        limited: z.int().nullable(),
      })
      .nullable(),
  })
  .meta({ id: "TableWarning" });
export type TableWarning = z.infer<typeof tableWarningSchema>;

/** What speaks against what was written. Not there where nothing does. They have refused nothing. */
export const writtenWarningsSchema = z.array(tableWarningSchema).optional();
