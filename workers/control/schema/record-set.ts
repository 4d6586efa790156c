import type { z } from "zod";
import { recordOwnerSchema, recordSetSchema, recordTypeSchema } from "../../../src/table/record-set.ts";

/** A record set as the API shows it: its fields beside its name and type. */
export const recordSetEntrySchema = recordSetSchema
  .safeExtend({ name: recordOwnerSchema, type: recordTypeSchema })
  .meta({ id: "RecordSet" });
export type RecordSetEntry = z.infer<typeof recordSetEntrySchema>;

/** Replaces: name and type may be repeated, and must then be the path's. */
export const recordSetPutSchema = recordSetSchema.safeExtend({
  name: recordOwnerSchema.optional(),
  type: recordTypeSchema.optional(),
});
