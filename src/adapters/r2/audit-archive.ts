import type { SignedHead } from "../../audit/head.ts";

/** The text of a segment: JSON Lines, each with its end. */
export async function putAuditSegment(bucket: R2Bucket, first: number, last: number, text: string): Promise<void> {
  await bucket.put(segmentKey(first, last), text, { httpMetadata: { contentType: "application/jsonl" } });
}

/** `null` when it is not there. */
export async function getAuditSegment(bucket: R2Bucket, first: number, last: number): Promise<string | null> {
  const kept = await bucket.get(segmentKey(first, last));
  return kept ? kept.text() : null;
}

export async function putAuditHead(bucket: R2Bucket, head: SignedHead): Promise<void> {
  const metadata = { httpMetadata: { contentType: "application/json" } };
  await bucket.put(`audit/heads/${padded(head.seq)}.json`, JSON.stringify(head), metadata);
}

const segmentKey = (first: number, last: number) => `audit/segments/${padded(first)}-${padded(last)}.jsonl`;

/** Names in the order of the entries. */
const padded = (seq: number) => String(seq).padStart(12, "0");
