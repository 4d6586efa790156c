import { originOf } from "../../src/request/request-id.ts";
import { type Trace, traceSchema } from "../../src/telemetry/trace.ts";
import type { TracePage, TraceReply } from "./api.ts";

export const MAX_TRACES = 10_000;
export const TRACE_MAX_AGE_MS = 3_600_000;
/** Characters of JSON in one trace: one of 256 regions has some 50,000. */
export const MAX_TRACE_CHARS = 100_000;
/** Traces over the bound that may gather before the oldest are taken out together. */
const SLACK = 500;
/** Each is a written row. Failures and refusals can come in floods, and a hundred of them say no more than some do. */
export const MAX_A_SECOND = { sampled: 1000, failed: 50, refused: 20 } as const;
export const MAX_TRACE_PAGE = 500;

/** Ids of one colo are in the order of time, so that the key is also the index by age. */
const createTable = `
  CREATE TABLE IF NOT EXISTS trace (
    id TEXT PRIMARY KEY,
    json TEXT NOT NULL
  ) WITHOUT ROWID`;

/** The traces of one colo's requests, bounded in number, size and age. */
export class Traces {
  readonly #storage: DurableObjectStorage;
  #count: number;
  /** Not kept, by a bound here or at the edges, since this object began. */
  #omitted = 0;
  #second = 0;
  #thisSecond = { sampled: 0, failed: 0, refused: 0 };

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
    storage.sql.exec(createTable);
    this.#count = storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM trace").one().n;
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Takes traces in, in one transaction. `omitted` are those that an edge had to leave out. */
  keep(traces: readonly Trace[], omitted: number, now: number): void {
    this.#omitted += omitted;
    this.#storage.transactionSync(() => {
      for (const trace of traces) {
        const id = trace.explanation.requestId ?? "";
        const json = JSON.stringify(trace);
        if (originOf(id) === null || json.length > MAX_TRACE_CHARS || !this.#admits(trace, now)) this.#omitted += 1;
        else this.#insert(id, json);
      }
      if (this.#count > MAX_TRACES + SLACK) this.trim(now);
    });
  }

  /** Takes out what is too old, and the oldest of too many. */
  trim(now: number): void {
    const { sql } = this.#storage;
    const ended = (id: string) => (originOf(id)?.at ?? 0) < now - TRACE_MAX_AGE_MS;
    let over = this.#count - MAX_TRACES;
    let last: string | null = null;
    for (const { id } of sql.exec<{ id: string }>("SELECT id FROM trace ORDER BY id")) {
      if (over <= 0 && !ended(id)) break;
      last = id;
      over -= 1;
    }
    if (last !== null) this.#count -= sql.exec("DELETE FROM trace WHERE id <= ?", last).rowsWritten;
  }

  find(id: string, now: number): TraceReply {
    const at = originOf(id)?.at ?? 0;
    if (at < now - TRACE_MAX_AGE_MS) return { kind: "expired" };
    const { sql } = this.#storage;
    const [row] = sql.exec<Row>("SELECT json FROM trace WHERE id = ?", id);
    const trace = row ? read(row) : null;
    if (trace) return { kind: "found", trace };
    const [oldest] = sql.exec<{ id: string }>("SELECT id FROM trace ORDER BY id LIMIT 1");
    const isCrowdedOut = this.#count >= MAX_TRACES && oldest !== undefined && id < oldest.id;
    return { kind: isCrowdedOut ? "expired" : "unknown" };
  }

  /** The newest first, older than the id `before`. */
  page(limit: number, before: string | null, now: number): TracePage {
    const count = Math.min(Math.max(1, Math.trunc(limit)), MAX_TRACE_PAGE);
    const rows = this.#storage.sql.exec<Row>(
      "SELECT json FROM trace WHERE id < ? ORDER BY id DESC LIMIT ?",
      before ?? "g",
      count,
    );
    const traces = [...rows].flatMap((row) => read(row) ?? []);
    return {
      traces: traces.filter(({ explanation }) => explanation.at >= now - TRACE_MAX_AGE_MS),
      omitted: this.#omitted,
    };
  }

  #insert(id: string, json: string): void {
    const written = this.#storage.sql.exec(
      "INSERT INTO trace (id, json) VALUES (?, ?) ON CONFLICT DO NOTHING",
      id,
      json,
    );
    this.#count += Math.min(1, written.rowsWritten);
  }

  #admits({ occasion }: Trace, now: number): boolean {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#thisSecond = { sampled: 0, failed: 0, refused: 0 };
    }
    this.#thisSecond[occasion] += 1;
    return this.#thisSecond[occasion] <= MAX_A_SECOND[occasion];
  }
}

type Row = { readonly json: string };

/** `null` for what this version cannot read: another may have written it. */
function read({ json }: Row): Trace | null {
  const parsed = traceSchema.safeParse(JSON.parse(json));
  return parsed.success ? parsed.data : null;
}
