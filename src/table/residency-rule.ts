import { z } from "zod";
import { regionIdSchema } from "./region.ts";

export const jurisdictionIdSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "expected lower-case letters, digits and hyphens");

/** The regions in which data of people in a jurisdiction may be processed; its id is the jurisdiction's. */
export const residencyRuleSchema = z.strictObject({
  regions: z.array(regionIdSchema).max(256),
});
export type ResidencyRule = z.infer<typeof residencyRuleSchema>;
