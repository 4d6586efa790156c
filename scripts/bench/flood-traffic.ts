import { mix32 } from "../../src/base/hash.ts";
import type { Shield } from "../../workers/edge/shield.ts";

/** Of the flood, this part comes from v6 networks; these are so few that each is many clients'. */
const V6_PART = 4;
const V6_NETWORKS = 1000;

/** What is sent in one go: a part of a flood, and requests of good clients among it. */
export interface Sending {
  /** The number of the flood's first address; each has one of its own. */
  readonly from: number;
  readonly count: number;
  /** Good clients take turns; one request in so many is theirs. */
  readonly goodClients: number;
  readonly goodEvery: number;
}

/** Answers by status, of the flood and of the good clients. */
export interface Sent {
  readonly flood: Readonly<Record<string, number>>;
  readonly good: Readonly<Record<string, number>>;
  readonly tookMs: number;
}

export interface Standing {
  /** Calls to objects since the isolate began, by kind. */
  readonly calls: Readonly<Record<"table" | "observer" | "limiter", number>>;
  /** Owners of buckets that were asked. */
  readonly owners: number;
  /** Keys that are borrowed for. */
  readonly leases: number;
  /** Of the shield, at the very most. */
  readonly maxBytes: ReturnType<Shield["maxBytes"]>;
}

/** `mix32` takes no two numbers to the same, so that all are different; they look like the whole of v4. */
export function floodAddress(number: number): string {
  const word = mix32(number) >>> 0;
  if (number % V6_PART === 0) {
    const network = (word % V6_NETWORKS).toString(16);
    return `2001:db8:${network}:${(number & 0xffff).toString(16)}::${(number >>> 16).toString(16)}`;
  }
  return `${dotted(word)}`;
}

/** 198.18.0.0/15 is for benchmarks (RFC 2544): one client in each /24. */
export const goodAddress = (number: number): string => `198.${18 + ((number >> 8) & 1)}.${number & 255}.7`;

const dotted = (word: number): string => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255].join(".");
