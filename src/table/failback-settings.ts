import { z } from "zod";

/** How a region that was failed over gets its traffic back. */
export const failbackSettingsSchema = z.strictObject({
  /** `person`: only when somebody says so. A failover that a person began always waits for one. */
  approval: z.enum(["automatic", "person"]).default("automatic"),
  /** How long the region must have been well without interruption. */
  holdDownSeconds: z.int().min(0).max(86_400).default(300),
  /** How long each step of the ramp lasts at least. */
  stepSeconds: z.int().min(1).max(3600).default(60),
});
export type FailbackSettings = z.infer<typeof failbackSettingsSchema>;
