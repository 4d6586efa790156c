import { z } from "zod";
import { AHEAD_MS } from "./loan.ts";
import { bucketSpecSchema } from "./spec.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Loans are written down for so much longer than they are, so that not each that is renewed is written. */
const COVER_MS = 1500;

/** A slow limit's bucket as its owner writes it down. */
export const keptBucketSchema = z.object({
  spec: bucketSpecSchema,
  /** Unix milliseconds. */
  at: z.int().min(0),
  /** What was in it, in the parts of a token that `TokenBucket` counts. */
  parts: z.int().min(0),
  /** Tokens that edges had, and for how long still. */
  lent: z.int().min(0),
  lentForMs: z.number().min(0).max(120_000),
});
export type KeptBucket = z.infer<typeof keptBucketSchema>;

export interface RestoredBucket {
  readonly bucket: TokenBucket;
  /** Tokens that edges may still have, and up to when. */
  readonly lent: number;
  readonly lentUntil: number;
}

/** As it is by now. A clock that is behind the one that wrote it brings nothing, and keeps nobody waiting. */
export function restoreBucket({ spec, parts, lent, lentForMs, at }: KeptBucket, now: number): RestoredBucket {
  const from = Math.min(at, now);
  const lentUntil = from + lentForMs;
  const bucket = new TokenBucket(spec, from, AHEAD_MS, parts);
  bucket.advance(Math.min(now, lentUntil), lent);
  bucket.advance(now);
  return { bucket, lent, lentUntil };
}

/**
 * What is to be written down, or `null` where what was last, or a full bucket where nothing was, still says it: to less
 * than a token or a second of the rate, whichever is more, and up to the end of what is lent.
 */
export function toKeep(last: KeptBucket | null, current: KeptBucket): KeptBucket | null {
  const { spec, at, parts, lent, lentForMs } = current;
  const known = last === null ? new TokenBucket(spec, at, AHEAD_MS) : restoreBucket(last, at).bucket;
  const isNear = Math.abs(known.parts - parts) < Math.max(spec.periodSeconds, spec.rate) * 1000;
  const isCovered = lent === 0 || (last !== null && at + lentForMs <= last.at + last.lentForMs);
  return isNear && isCovered ? null : { ...current, lentForMs: lent === 0 ? 0 : lentForMs + COVER_MS };
}

/** By when it is full again and nothing is out, in Unix milliseconds, unless somebody asks. */
export function fullAt({ spec, at, parts, lentForMs }: KeptBucket): number {
  return Math.ceil(at + lentForMs + new TokenBucket(spec, at, AHEAD_MS, parts).msUntilFull);
}
