import { z } from "zod";

/** What people are told, in words that need nothing more. Ids are in the order of time. */
export const alertSchema = z.object({
  id: z.string().regex(/^[a-z0-9-]{1,64}$/),
  /** Unix milliseconds. */
  at: z.number(),
  kind: z.enum([
    "attack-started",
    "attack-escalated",
    "attack-ended",
    "ban-proposed",
    "banned",
    "table-unreachable",
    "bans-full",
  ]),
  /** `critical` wakes somebody. */
  severity: z.enum(["info", "warning", "critical"]),
  /** What it is about; `null` where it is about none. */
  service: z.string().max(64).nullable(),
  attack: z.string().max(64).nullable(),
  proposal: z.string().max(64).nullable(),
  text: z.string().min(1).max(500),
});
export type Alert = z.infer<typeof alertSchema>;
