import { err, ok, type Result } from "../../src/base/result.ts";
import type { Terminal } from "./cli.ts";
import type { Failure, RowFault } from "./failure.ts";
import { splitLines } from "./lines.ts";
import { plainColumns, readHeading, readSeriesRow, type SeriesRow } from "./series-row.ts";
import { SeriesUnit } from "./series-time.ts";
import { badFile } from "./text-file.ts";

/** Of the standard input and of pipes, which cannot be read twice and so are held in memory. */
export const MAX_INPUT_BYTES = 64 * 1024 * 1024;
/** Of one line. */
export const MAX_LINE_BYTES = 4096;
const MAX_FAULTS = 20;

/** A row whose time is known: `at` is Unix milliseconds, or those since the start of a series that has its own. */
export type TimedRow = Omit<SeriesRow, "time"> & { readonly at: number };
type Reading = Pick<Terminal, "readPieces">;

/**
 * The rows of a CSV file of `timestamp,value`, in the order of its heading if it has one, once all of them are known to
 * be good and to have one unit of time. Files are read twice and never held; `-` is the standard input.
 */
export async function readSeries(path: string, terminal: Reading): Promise<Result<AsyncIterable<TimedRow>, Failure>> {
  try {
    // A shell's `<(…)` is a file of /dev.
    const pieces = path === "-" || path.startsWith("/dev/") ? await hold(terminal.readPieces(path)) : null;
    const open = () => (pieces === null ? terminal.readPieces(path) : fromArray(pieces));
    const unit = new SeriesUnit();
    const faults = await faultsOf(open(), unit);
    if (faults.length > 0) return err({ kind: "bad-rows", path, faults });
    return ok(rowsOf(open(), unit.ms));
  } catch (error) {
    return err(badFile(path, error));
  }
}

async function hold(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of stream) {
    bytes += piece.length;
    if (bytes > MAX_INPUT_BYTES) throw new Error("more than 64 MiB that can be read but once: give it as a file");
    pieces.push(piece);
  }
  return pieces;
}

async function* fromArray(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

async function faultsOf(pieces: AsyncIterable<Uint8Array>, unit: SeriesUnit): Promise<readonly RowFault[]> {
  const faults: RowFault[] = [];
  let rows = 0;
  let bad = 0;
  for await (const { line, row } of linesOf(pieces)) {
    rows += 1;
    const fault = row.ok ? misfit(row.value, unit) : row.error;
    if (fault === null) continue;
    bad += 1;
    if (bad <= MAX_FAULTS) faults.push({ line, ...fault });
  }
  if (rows === 0) return [{ line: null, field: null, detail: "there are no rows of timestamp,value" }];
  if (bad > MAX_FAULTS) faults.push({ line: null, field: null, detail: `and ${bad - MAX_FAULTS} more` });
  return faults;
}

function misfit({ timestamp, time }: SeriesRow, unit: SeriesUnit): Omit<RowFault, "line"> | null {
  const detail = unit.add(time);
  return detail === null ? null : { field: "timestamp", detail: `${JSON.stringify(timestamp)} ${detail}` };
}

async function* rowsOf(pieces: AsyncIterable<Uint8Array>, unitMs: number): AsyncGenerator<TimedRow> {
  for await (const { line, row } of linesOf(pieces)) {
    if (!row.ok) throw new Error(`line ${line} was changed while it was read`);
    const { timestamp, time, value } = row.value;
    yield { timestamp, at: time.amount * unitMs, value };
  }
}

/** Lines are counted from 1; empty ones, and a heading, are passed over. */
async function* linesOf(pieces: AsyncIterable<Uint8Array>) {
  let line = 0;
  let isFirst = true;
  let columns = plainColumns;
  for await (const text of splitLines(withinLines(pieces), () => undefined)) {
    line += 1;
    if (text.trim() === "") continue;
    const heading = isFirst ? readHeading(text) : null;
    isFirst = false;
    columns = heading ?? columns;
    if (heading === null) yield { line, row: readSeriesRow(text, columns) };
  }
}

/** What has no line breaks is no such file, and would be held whole. */
async function* withinLines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const piece of pieces) {
    const first = piece.indexOf(0x0a);
    if (length + (first === -1 ? piece.length : first) > MAX_LINE_BYTES && length > 0)
      throw new Error(`a line is longer than ${MAX_LINE_BYTES} bytes`);
    length = first === -1 ? length + piece.length : piece.length - piece.lastIndexOf(0x0a) - 1;
    yield piece;
  }
}
