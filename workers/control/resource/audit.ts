import { sha256Hex } from "../../../src/adapters/web-crypto/digest.ts";
import { verifyEd25519 } from "../../../src/adapters/web-crypto/verify.ts";
import type { AuditFilter } from "../../../src/audit/filter.ts";
import { inspect } from "../../../src/audit/inspect.ts";
import { ok, type Result } from "../../../src/base/result.ts";
import { filteredLines, linesOf, logLines, readEnd, toStream } from "../audit-lines.ts";
import { openCursor, sealCursor, wrongCursor } from "../page.ts";
import { reach } from "../reach.ts";
import type { Refusal } from "../refusal.ts";
import { type Call, type Route, route } from "../route.ts";
import {
  type AuditEntryReply,
  type AuditFilterQuery,
  type AuditHeadsReply,
  type AuditVerdictReply,
  auditEntryReplySchema,
  auditExportSchema,
  auditFilterSchema,
  auditHeadsSchema,
  auditQuerySchema,
  auditVerdictSchema,
} from "../schema/audit.ts";
import { pageQuerySchema, pageSchema } from "../schema/page.ts";
import { toUnixMs } from "../since.ts";
import { toTime } from "../to-time.ts";

export const auditRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/audit",
    permission: "audit:read",
    isRecorded: true,
    summary: "What was attempted, newest first",
    description: "A page may be short, even empty, where little matches; the last has no cursor.",
    query: auditQuerySchema,
    reply: pageSchema(auditEntryReplySchema),
    async handle(call) {
      const { limit, cursor, ...filter } = call.query;
      const before = openSeq(cursor);
      if (!before.ok) return before;
      const options = { limit, before: before.value };
      const page = await ask(call, () => call.deps.audit.find(toFilter(call, filter), options));
      if (!page.ok) return page;
      const { entries, next } = page.value;
      const items = entries.map((entry): AuditEntryReply => ({ ...entry, at: toTime(entry.at) }));
      return ok({ status: 200, body: { items, ...cursorTo(next) } });
    },
  }),
  route({
    method: "GET",
    path: "/audit/export",
    permission: "audit:export",
    isRecorded: true,
    summary: "The log as JSON Lines; with a filter, the entries alone",
    description: "Signed heads come first, then the entries, each with the hash that chains it.",
    query: auditFilterSchema,
    reply: auditExportSchema,
    contentType: "application/jsonl",
    async handle(call) {
      const end = await ask(call, () => readEnd(call.deps.audit));
      if (!end.ok) return end;
      const { audit } = call.deps;
      const isWhole = Object.keys(call.query).length === 0;
      const pieces = isWhole
        ? logLines(audit, end.value, 1)
        : filteredLines(audit, end.value, toFilter(call, call.query));
      return ok({ status: 200, lines: toStream(pieces) });
    },
  }),
  route({
    method: "GET",
    path: "/audit/heads",
    permission: "audit:read",
    summary: "The key that signs, the newest entry, and the hourly signed heads",
    query: pageQuerySchema,
    reply: auditHeadsSchema,
    async handle(call) {
      const before = openSeq(call.query.cursor);
      if (!before.ok) return before;
      const heads = await ask(call, () => call.deps.audit.heads({ limit: call.query.limit, before: before.value }));
      if (!heads.ok) return heads;
      const { publicKey, live, signed, next } = heads.value;
      const body: AuditHeadsReply = { publicKey, live, items: [...signed], ...cursorTo(next) };
      return ok({ status: 200, body });
    },
  }),
  route({
    method: "GET",
    path: "/audit/verify",
    permission: "audit:read",
    summary: "Whether what has not moved to the archive is unbroken",
    reply: auditVerdictSchema,
    async handle(call) {
      const inspected = await ask(call, () => inspectKept(call));
      if (!inspected.ok) return inspected;
      const { broken, keys, ...counts } = inspected.value;
      const body: AuditVerdictReply = { intact: broken === null, ...counts, keys: [...keys], broken };
      return ok({ status: 200, body });
    },
  }),
];

/** Inspects what has not moved to the archive: quick, and the archive's last hash is taken on trust. */
async function inspectKept(call: Call) {
  const { audit } = call.deps;
  const end = await readEnd(audit);
  const { archived, publicKey } = end;
  const pieces = logLines(audit, end, archived.seq + 1);
  const lines = async function* () {
    for await (const piece of pieces) yield* linesOf(piece);
  };
  return inspect(lines(), { sha256: sha256Hex, verify: verifyEd25519, trusted: [publicKey], from: archived });
}

function toFilter(call: Call, { since, until, ...filter }: AuditFilterQuery): AuditFilter {
  const now = call.deps.now();
  return {
    ...filter,
    ...(since === undefined ? {} : { since: toUnixMs(since, now) }),
    ...(until === undefined ? {} : { until: toUnixMs(until, now) }),
  };
}

function openSeq(cursor: string | undefined): Result<number | null, Refusal> {
  if (cursor === undefined) return ok(null);
  const text = openCursor(cursor);
  if (!text.ok) return text;
  return /^\d{1,15}$/.test(text.value) ? ok(Number(text.value)) : wrongCursor();
}

const cursorTo = (next: number | null) => (next === null ? {} : { cursor: sealCursor(String(next)) });
const ask = <T>(call: Call, question: () => Promise<T>) => reach(call, "audit log", question);
