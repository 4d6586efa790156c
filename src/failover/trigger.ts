import { z } from "zod";

/** Why a region is to be failed over. */
export const triggerSchema = z.object({
  kind: z.enum(["checks", "latency", "errors", "manual"]),
  /** When what it says began, Unix milliseconds. */
  since: z.number(),
  /** In words: `all 3 backends are down`. */
  detail: z.string(),
});
export type Trigger = z.infer<typeof triggerSchema>;

/** How near a trigger is. */
export interface TriggerProgress {
  readonly kind: Exclude<Trigger["kind"], "manual">;
  /** Since when its condition holds; `null` while it does not. */
  readonly since: number | null;
  /** How long it must hold. */
  readonly neededMs: number;
  readonly fired: boolean;
  /** What it sees, in words. */
  readonly detail: string;
}
