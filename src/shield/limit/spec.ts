import { z } from "zod";

/** What a bucket is: so many tokens come in a period, and a full one holds so many. */
export const bucketSpecSchema = z.object({
  rate: z.int().min(1).max(10_000_000),
  periodSeconds: z.int().min(1).max(86_400),
  burst: z.int().min(1).max(10_000_000),
});
export type BucketSpec = z.infer<typeof bucketSpecSchema>;

export const perSecondOf = ({ rate, periodSeconds }: BucketSpec): number => rate / periodSeconds;

export const isSameSpec = (a: BucketSpec, b: BucketSpec): boolean =>
  a.rate === b.rate && a.periodSeconds === b.periodSeconds && a.burst === b.burst;
