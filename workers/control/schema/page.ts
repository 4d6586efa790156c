import { z } from "zod";

export const MAX_PAGE = 500;
const DEFAULT_PAGE = 100;

/** The query of every list. */
export const pageQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(DEFAULT_PAGE),
  /** What the page before gave as `cursor`. */
  cursor: z
    .string()
    .max(400)
    .regex(/^[\w-]+$/, "not a cursor of this list")
    .optional(),
});
export type PageQuery = z.infer<typeof pageQuerySchema>;

/** A page of a list. Without `cursor` it is the last. */
export const pageSchema = <T extends z.ZodType>(item: T) =>
  z.strictObject({ items: z.array(item), cursor: z.string().optional() });

export interface Page<T> {
  readonly items: readonly T[];
  readonly cursor?: string;
}
