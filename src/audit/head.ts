import { z } from "zod";
import { canonical } from "./canonical.ts";

/** A signed word that the chain had this hash at this entry: what was written up to it cannot be rewritten unseen. */
export const signedHeadSchema = z.object({
  seq: z.int().min(1),
  hash: z.string(),
  /** Unix milliseconds of the signature. */
  at: z.int(),
  /** Ed25519 (RFC 8032), 32 bytes in base64url. */
  publicKey: z.string(),
  /** 64 bytes in base64url, over `headStatement`. */
  signature: z.string(),
});
export type SignedHead = z.infer<typeof signedHeadSchema>;

export type Head = Omit<SignedHead, "signature">;

/** The text that is signed. Its first member keeps the signature from being taken for one of something else. */
export function headStatement({ seq, hash, at, publicKey }: Head): string {
  return canonical({ audit: "novacron audit head 1", seq, hash, at, publicKey });
}
