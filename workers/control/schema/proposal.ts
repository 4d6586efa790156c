import { z } from "zod";
import { backendIdSchema, MAX_BACKENDS } from "../../../src/table/backend.ts";
import { MAX_REGIONS, regionIdSchema } from "../../../src/table/region.ts";
import { tablePatchSchema } from "./table.ts";
import { weightsSchema } from "./weights.ts";

/** A change to be tried out. Without any field it is the table as it is. */
export const proposalFields = {
  patch: tablePatchSchema.default({}),
  /** As in `PUT /weights`; wins over the patch. */
  weights: weightsSchema.default({}),
  down: z
    .strictObject({
      regions: z.array(regionIdSchema).max(MAX_REGIONS).default([]),
      backends: z.array(backendIdSchema).max(MAX_BACKENDS).default([]),
    })
    .default({ regions: [], backends: [] }),
};

const proposalSchema = z.strictObject(proposalFields);
export type Proposal = z.infer<typeof proposalSchema>;
