import { hashText } from "../../base/hash.ts";
import type { PlainRecord } from "./record.ts";

/** What the comment of a record of ours begins with, at a provider that shows comments to whoever manages the zone. */
const OURS = "novacron:";

/** Says that a record is ours, and as what we wrote it, so that a change by others is seen. */
export function markOf({ name, type, ttlSeconds, value }: PlainRecord): string {
  const hash = hashText([name, type, ttlSeconds, value].join("\n"));
  return `${OURS}${hash.toString(16).padStart(8, "0")}`;
}

/** The mark in a comment; `null` where there is none. People may write behind it. */
export const readMark = (comment: string | null): string | null =>
  comment === null ? null : (/^novacron:[0-9a-f]{8}/.exec(comment)?.[0] ?? null);
