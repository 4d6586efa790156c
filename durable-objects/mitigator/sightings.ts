import { z } from "zod";

const MAX_SIGHTINGS = 500;

/** Of a longer list, the first count. */
export const sightingsSchema = z
  .array(z.unknown())
  .transform((sightings) => sightings.slice(0, MAX_SIGHTINGS))
  .pipe(z.array(z.object({ client: z.string().min(1).max(64), at: z.number() })));
