import { z } from "zod";

/** The stages of a failover, in order. */
export const stages = ["detect", "select", "dns", "shift", "validate"] as const;
export const stageSchema = z.enum(stages);
export type Stage = z.infer<typeof stageSchema>;

/**
 * How long each may take, milliseconds: the guide's budgets, and for those for which it has none, what is left of its
 * 30 s. `dns` ends when the answers change; resolvers keep what they have for the 60 s of its time to live.
 */
export const BUDGETS_MS: Readonly<Record<Stage, number>> = {
  detect: 30_000,
  select: 10_000,
  dns: 10_000,
  shift: 30_000,
  validate: 30_000,
};

/** What became of a stage. */
export const stageRecordSchema = z.object({
  stage: stageSchema,
  /** Unix milliseconds. */
  startedAt: z.int(),
  /** `null` while it goes on. */
  endedAt: z.int().nullable(),
  outcome: z.enum(["running", "done", "failed"]),
  /** In words, for people. */
  detail: z.string(),
});
export type StageRecord = z.infer<typeof stageRecordSchema>;

/** Characters of a detail that are kept. */
export const MAX_DETAIL_CHARS = 1000;
