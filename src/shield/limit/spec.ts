import { z } from "zod";
import type { RateLimit } from "../../table/rate-limit.ts";

/** What a bucket is: so many tokens come in a period, and a full one holds so many. */
export const bucketSpecSchema = z.object({
  rate: z.int().min(1).max(10_000_000),
  periodSeconds: z.int().min(1).max(86_400),
  burst: z.int().min(1).max(10_000_000),
});
export type BucketSpec = z.infer<typeof bucketSpecSchema>;

/** A bucket that all edges share. */
export interface SharedBucket extends BucketSpec {
  /** At most 200 characters; the same bucket at all edges. */
  readonly name: string;
  readonly whenUnreachable: RateLimit["whenUnreachable"];
}

export const perSecondOf = ({ rate, periodSeconds }: BucketSpec): number => rate / periodSeconds;

export const isSameSpec = (a: BucketSpec, b: BucketSpec): boolean =>
  a.rate === b.rate && a.periodSeconds === b.periodSeconds && a.burst === b.burst;
