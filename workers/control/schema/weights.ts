import { z } from "zod";
import { weightSchema } from "../../../src/table/region.ts";

/** Weights by region or backend id. */
export const weightsSchema = z.record(z.string().min(1).max(127), weightSchema).meta({ id: "Weights" });
export type Weights = z.infer<typeof weightsSchema>;
