import { isLimitedBy } from "../shield/limit/key.ts";
import { TokenBucket } from "../shield/limit/token-bucket.ts";
import type { LimitKeyPart, RateLimit } from "../table/rate-limit.ts";
import type { RecordedRequest } from "./recorded-request.ts";

/** What a rate limit would have done to recorded requests. All counts are of recorded requests, not of those behind them. */
export interface DryRun {
  readonly requests: number;
  /** Requests that the limit is for. */
  readonly matched: number;
  /** Of these, requests of which a part of the key is not recorded, so that nobody knows whose bucket they would use. */
  readonly unkeyed: number;
  /** Keys that were seen, and those of them that would have been limited. */
  readonly keys: number;
  readonly limitedKeys: number;
  /** Requests that would have been limited. */
  readonly limited: number;
  /** The requests that stand behind those that matched, and behind those that would have been limited. */
  readonly estimated: { readonly matched: number; readonly limited: number };
  /** Who would have been limited, the most first; at most `MAX_LIMITED_LISTED`. */
  readonly items: readonly LimitedKey[];
}

export interface LimitedKey {
  /** Its parts in words. Clients are named by their networks, so that two keys may read the same. */
  readonly key: string;
  readonly requests: number;
  readonly limited: number;
  /** When the first was limited, Unix milliseconds. */
  readonly firstAt: number;
  /** The second in which most were limited. */
  readonly worst: { readonly at: number; readonly requests: number; readonly limited: number };
}

export const MAX_LIMITED_LISTED = 200;

interface Course {
  readonly label: string;
  readonly bucket: TokenBucket;
  requests: number;
  limited: number;
  firstAt: number;
  second: { at: number; requests: number; limited: number };
  worst: { at: number; requests: number; limited: number };
}

/**
 * Sends recorded requests, the oldest first, through the limit. Of a sample, each request spends the tokens of all those
 * that it stands for, and the bucket holds at least one of them, or a client that was seen once would be over any limit.
 * Bursts that are shorter than the time between two sampled requests of a key are not seen.
 */
export function dryRun(limit: RateLimit, requests: readonly RecordedRequest[]): DryRun {
  const matched = requests.filter((request) => concerns(limit, request));
  const burst = Math.max(limit.burst, ...matched.map(({ weight }) => weight * limit.cost));
  const spec = { rate: limit.rate, periodSeconds: limit.periodSeconds, burst };
  const courses = new Map<string, Course>();
  let unkeyed = 0;
  let limitedWeight = 0;
  for (const request of matched) {
    const key = keyOf(limit, request);
    if (key === null) {
      unkeyed += 1;
      continue;
    }
    const course = courses.get(key.id) ?? newCourse(key.label, new TokenBucket(spec, request.at));
    courses.set(key.id, course);
    course.bucket.advance(request.at);
    const isAdmitted = course.bucket.take(request.weight * limit.cost);
    count(course, request.at, isAdmitted);
    if (!isAdmitted) limitedWeight += request.weight;
  }
  const limited = [...courses.values()].filter((course) => course.limited > 0).sort((a, b) => b.limited - a.limited);
  return {
    requests: requests.length,
    matched: matched.length,
    unkeyed,
    keys: courses.size,
    limitedKeys: limited.length,
    limited: limited.reduce((sum, course) => sum + course.limited, 0),
    estimated: { matched: matched.reduce((sum, { weight }) => sum + weight, 0), limited: limitedWeight },
    items: limited.slice(0, MAX_LIMITED_LISTED).map(({ label, requests: seen, limited: over, firstAt, worst }) => ({
      key: label,
      requests: seen,
      limited: over,
      firstAt,
      worst: { ...worst },
    })),
  };
}

/** Parts of the key that traces do not hold: of these a dry run can only say how many requests match. */
export function unrecordedParts(limit: RateLimit, requests: readonly RecordedRequest[]): readonly LimitKeyPart[] {
  const names = new Set(requests.map(({ header }) => header?.name));
  return limit.key.filter((part) => part.kind === "cookie" || (part.kind === "header" && !names.has(part.name)));
}

function concerns(limit: RateLimit, request: RecordedRequest): boolean {
  const { services } = limit;
  return (services === "all" || services.some((id) => id === request.service)) && isLimitedBy(limit, request);
}

/** `null` where a part of it is not recorded. */
function keyOf(limit: RateLimit, request: RecordedRequest): { readonly id: string; readonly label: string } | null {
  const parts = limit.key.map((part) => partOf(part, request));
  if (parts.includes(null)) return null;
  const known = parts.filter((part) => part !== null);
  return { id: JSON.stringify(known.map(({ id }) => id)), label: known.map(({ label }) => label).join(" ") };
}

function partOf(part: LimitKeyPart, request: RecordedRequest): { readonly id: string; readonly label: string } | null {
  switch (part.kind) {
    case "client-address":
      return { id: request.clientKey, label: request.network };
    case "asn":
      return same(request.asn === null ? "AS?" : `AS${request.asn}`);
    case "country":
      return same(request.country ?? "country ?");
    case "header":
      return request.header?.name === part.name ? same(`${part.name} #${request.header.hash.toString(16)}`) : null;
    case "cookie":
      return null;
  }
}

const same = (text: string) => ({ id: text, label: text });

function newCourse(label: string, bucket: TokenBucket): Course {
  const second = { at: Number.NEGATIVE_INFINITY, requests: 0, limited: 0 };
  return { label, bucket, requests: 0, limited: 0, firstAt: 0, second, worst: second };
}

function count(course: Course, at: number, isAdmitted: boolean): void {
  const second = Math.floor(at / 1000) * 1000;
  if (course.second.at !== second) course.second = { at: second, requests: 0, limited: 0 };
  course.requests += 1;
  course.second.requests += 1;
  if (isAdmitted) return;
  if (course.limited === 0) course.firstAt = at;
  course.limited += 1;
  course.second.limited += 1;
  if (course.second.limited > course.worst.limited) course.worst = course.second;
}
