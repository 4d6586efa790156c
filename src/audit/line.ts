import { z } from "zod";
import type { SealedEntry } from "./chain.ts";
import { type AuditEntry, auditEntrySchema } from "./entry.ts";
import { type SignedHead, signedHeadSchema } from "./head.ts";

/**
 * One line of an export or of a segment (JSON Lines). Entries are lines `{"entry":…,"hash":"…"}` in which the entry is
 * its canonical JSON, since the hash is of these characters.
 */
export type AuditLine =
  | { readonly kind: "entry"; readonly entry: AuditEntry; readonly text: string; readonly hash: string }
  | { readonly kind: "head"; readonly head: SignedHead };

export const entryLine = ({ text, hash }: Pick<SealedEntry, "text" | "hash">): string =>
  `{"entry":${text},"hash":"${hash}"}\n`;

export const headLine = (head: SignedHead): string => `${JSON.stringify({ head })}\n`;

const ENTRY_LINE = /^\{"entry":(\{.*\}),"hash":"([0-9a-f]{64})"\}$/s;

/** Reads a line without its end. `null` is a line that the log has not written. */
export function readLine(line: string): AuditLine | null {
  const [, text, hash] = ENTRY_LINE.exec(line) ?? [];
  if (text !== undefined && hash !== undefined) {
    const entry = auditEntrySchema.safeParse(parseJson(text));
    return entry.success ? { kind: "entry", entry: entry.data, text, hash } : null;
  }
  const parsed = headLineSchema.safeParse(parseJson(line));
  return parsed.success ? { kind: "head", head: parsed.data.head } : null;
}

const headLineSchema = z.strictObject({ head: signedHeadSchema });

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
