import { originOf } from "../../src/request/request-id.ts";
import { OCCASIONS, type Occasion, type Trace, traceSchema } from "../../src/telemetry/trace.ts";
import type { TracePage, TraceReply } from "./api.ts";

/** Of each occasion by itself, so that a flood of one leaves the others: who asks for refusals hides no failure. */
export const MAX_TRACES: Readonly<Record<Occasion, number>> = { sampled: 6000, failed: 3000, refused: 1000 };
export const TRACE_MAX_AGE_MS = 3_600_000;
/** Characters of JSON in one trace: one of 256 regions has some 50,000. */
export const MAX_TRACE_CHARS = 100_000;
/** Traces over a bound, as a part of it, that may gather before the oldest are taken out together. */
const SLACK = 0.05;
/** A flush brings the traces of three seconds at once. */
export const SPAN_MS = 5000;
/** Each is a written row. Failures and refusals can come in floods, and a hundred of them say no more than some do. */
export const MAX_A_SPAN: Readonly<Record<Occasion, number>> = { sampled: 5000, failed: 250, refused: 100 };
export const MAX_TRACE_PAGE = 500;

/**
 * Ids of one colo are in the order of time, so that the key is also the index by age. Another index would be another
 * written row for each trace.
 */
const createTable = `
  CREATE TABLE IF NOT EXISTS traced (
    occasion TEXT NOT NULL,
    id TEXT NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (occasion, id)
  ) WITHOUT ROWID`;

/** How many were not kept, by a bound here or at the edges, by the minute in which the object heard of it. */
const createOmitted = "CREATE TABLE IF NOT EXISTS omitted (minute INTEGER PRIMARY KEY, requests INTEGER NOT NULL)";
const MINUTE_MS = 60_000;
/** Edges tell of a request so long after it came, if not at once. */
const TOLD_WITHIN_MS = 10_000;

const selectOlder = (occasion: Occasion) => `SELECT id, json FROM traced WHERE occasion = '${occasion}' AND id < ?1`;
/** SQLite merges the occasions, each in the order of its key, and reads no more than the page takes. */
const selectPage = `${OCCASIONS.map(selectOlder).join(" UNION ALL ")} ORDER BY id DESC LIMIT ?2`;

const none: Readonly<Record<Occasion, number>> = { sampled: 0, failed: 0, refused: 0 };

/** The traces of one colo's requests, bounded in number, size and age. */
export class Traces {
  readonly #storage: DurableObjectStorage;
  readonly #counts: Record<Occasion, number> = { ...none };
  #span = 0;
  #thisSpan: Record<Occasion, number> = { ...none };

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    storage.sql.exec(createTable);
    storage.sql.exec(createOmitted);
    const counts = "SELECT occasion, count(*) AS n FROM traced GROUP BY occasion";
    for (const { occasion, n } of storage.sql.exec<{ occasion: Occasion; n: number }>(counts))
      this.#counts[occasion] = n;
  }

  get isEmpty(): boolean {
    return OCCASIONS.every((occasion) => this.#counts[occasion] === 0);
  }

  /** Takes traces in, in one transaction. `omitted` are those that an edge had to leave out. */
  keep(traces: readonly Trace[], omitted: number, now: number): void {
    let left = omitted;
    this.#storage.transactionSync(() => {
      for (const trace of traces) {
        const id = trace.explanation.requestId ?? "";
        const json = JSON.stringify(trace);
        if (originOf(id) === null || json.length > MAX_TRACE_CHARS || !this.#admits(trace, now)) left += 1;
        else this.#insert(trace.occasion, id, json);
      }
      if (left > 0) this.#omit(left, now);
      for (const occasion of OCCASIONS)
        if (this.#counts[occasion] > MAX_TRACES[occasion] * (1 + SLACK)) this.#trim(occasion, now);
    });
  }

  /** Takes out what is too old, and the oldest of too many. */
  trim(now: number): void {
    for (const occasion of OCCASIONS) this.#trim(occasion, now);
  }

  #trim(occasion: Occasion, now: number): void {
    const { sql } = this.#storage;
    const ended = (id: string) => (originOf(id)?.at ?? 0) < now - TRACE_MAX_AGE_MS;
    let over = this.#counts[occasion] - MAX_TRACES[occasion];
    let last: string | null = null;
    for (const { id } of sql.exec<{ id: string }>("SELECT id FROM traced WHERE occasion = ? ORDER BY id", occasion)) {
      if (over <= 0 && !ended(id)) break;
      last = id;
      over -= 1;
    }
    if (last === null) return;
    const { rowsWritten } = sql.exec("DELETE FROM traced WHERE occasion = ? AND id <= ?", occasion, last);
    this.#counts[occasion] -= rowsWritten;
  }

  find(id: string, now: number): TraceReply {
    const at = originOf(id)?.at ?? 0;
    if (at < now - TRACE_MAX_AGE_MS) return { kind: "expired" };
    for (const occasion of OCCASIONS) {
      const [row] = this.#storage.sql.exec<Row>("SELECT json FROM traced WHERE occasion = ? AND id = ?", occasion, id);
      const trace = row ? read(row) : null;
      if (trace) return { kind: "found", trace };
    }
    // On which occasion it would have been traced, nobody knows any more.
    if (OCCASIONS.some((occasion) => this.#isCrowdedOut(occasion, id))) return { kind: "expired" };
    return { kind: "unknown", omitted: this.#omittedBetween(at, at + TOLD_WITHIN_MS) };
  }

  #isCrowdedOut(occasion: Occasion, id: string): boolean {
    if (this.#counts[occasion] < MAX_TRACES[occasion]) return false;
    const oldest = "SELECT id FROM traced WHERE occasion = ? ORDER BY id LIMIT 1";
    return id < this.#storage.sql.exec<{ id: string }>(oldest, occasion).one().id;
  }

  /** The newest first, older than the id `before`. */
  page(limit: number, before: string | null, now: number): TracePage {
    const count = Math.min(Math.max(1, Math.trunc(limit)), MAX_TRACE_PAGE);
    const rows = this.#storage.sql.exec<Row>(selectPage, before ?? "g", count);
    const traces = [...rows].flatMap((row) => read(row) ?? []);
    return {
      traces: traces.filter(({ explanation }) => explanation.at >= now - TRACE_MAX_AGE_MS),
      omitted: this.#omittedBetween(now - TRACE_MAX_AGE_MS, now),
    };
  }

  #omit(requests: number, now: number): void {
    const { sql } = this.#storage;
    sql.exec("DELETE FROM omitted WHERE minute < ?", minuteOf(now - TRACE_MAX_AGE_MS));
    const add = "INSERT INTO omitted VALUES (?, ?) ON CONFLICT DO UPDATE SET requests = requests + excluded.requests";
    sql.exec(add, minuteOf(now), requests);
  }

  /** In the minutes from that of one moment to that of another. */
  #omittedBetween(from: number, to: number): number {
    const sum = "SELECT coalesce(sum(requests), 0) AS n FROM omitted WHERE minute BETWEEN ? AND ?";
    return this.#storage.sql.exec<{ n: number }>(sum, minuteOf(from), minuteOf(to)).one().n;
  }

  #insert(occasion: Occasion, id: string, json: string): void {
    const { rowsWritten } = this.#storage.sql.exec(
      "INSERT INTO traced (occasion, id, json) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
      occasion,
      id,
      json,
    );
    this.#counts[occasion] += Math.min(1, rowsWritten);
  }

  #admits({ occasion }: Trace, now: number): boolean {
    const span = Math.floor(now / SPAN_MS);
    if (span !== this.#span) {
      this.#span = span;
      this.#thisSpan = { ...none };
    }
    this.#thisSpan[occasion] += 1;
    return this.#thisSpan[occasion] <= MAX_A_SPAN[occasion];
  }
}

const minuteOf = (at: number): number => Math.floor(at / MINUTE_MS);

type Row = { readonly json: string };

/** `null` for what this version cannot read: another may have written it. */
function read({ json }: Row): Trace | null {
  const parsed = traceSchema.safeParse(JSON.parse(json));
  return parsed.success ? parsed.data : null;
}
