import type { AuditHeads, AuditLogApi } from "../../durable-objects/audit-log/api.ts";
import { type AuditFilter, matches } from "../../src/audit/filter.ts";
import type { SignedHead } from "../../src/audit/head.ts";
import { entryLine, headLine, readLine } from "../../src/audit/line.ts";

const HEADS_PER_CALL = 1000;

/** The newest part of the heads, and with it where an export ends: what is written later is not in it. */
export const readEnd = (audit: AuditLogApi): Promise<AuditHeads> =>
  audit.heads({ limit: HEADS_PER_CALL, before: null });

/** The log's lines from an entry on: signed heads, the live one last, then the entries, in pieces of whole lines. */
export async function* logLines(audit: AuditLogApi, end: AuditHeads, from: number): AsyncGenerator<string> {
  if (end.live === null) return;
  const until = end.live.seq;
  const heads = (await allHeads(audit, end)).filter(({ seq }) => seq >= from && seq <= until);
  yield [...heads.reverse(), end.live].map(headLine).join("");
  yield* entryLines(audit, from, until);
}

/** The entries that a filter lets through. They are no chain, so there are no heads. */
export async function* filteredLines(audit: AuditLogApi, end: AuditHeads, filter: AuditFilter): AsyncGenerator<string> {
  for await (const piece of entryLines(audit, 1, end.live?.seq ?? 0)) {
    const lines = linesOf(piece).map(readLine);
    yield lines.map((line) => (line?.kind === "entry" && matches(line.entry, filter) ? entryLine(line) : "")).join("");
  }
}

/** Whole lines, without their ends. */
export const linesOf = (piece: string): string[] => piece.split("\n").slice(0, -1);

async function* entryLines(audit: AuditLogApi, first: number, until: number): AsyncGenerator<string> {
  for (let from = first; from <= until; ) {
    const { lines, next } = await audit.read(from, until);
    yield lines;
    from = next;
  }
}

async function allHeads(audit: AuditLogApi, end: AuditHeads): Promise<SignedHead[]> {
  const heads = [...end.signed];
  for (let before = end.next; before !== null; ) {
    const page = await audit.heads({ limit: HEADS_PER_CALL, before });
    heads.push(...page.signed);
    before = page.next;
  }
  return heads;
}

/** The pieces as a response's body. One that fails breaks the response off. */
export function toStream(pieces: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const piece = await pieces.next();
      if (piece.done) controller.close();
      else controller.enqueue(encoder.encode(piece.value));
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
}
