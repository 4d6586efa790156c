import { err, ok, type Result } from "../../src/base/result.ts";
import { readNumber, readTime, type SeriesTime } from "./series-time.ts";

export interface SeriesRow {
  /** As it was written. */
  readonly timestamp: string;
  readonly time: SeriesTime;
  /** `null` where nothing was measured: an empty cell, or one that says so. */
  readonly value: number | null;
}

/** Where a line has what counts, and how many cells it has. */
export interface Columns {
  readonly timestamp: number;
  readonly value: number;
  readonly count: number;
}
export const plainColumns: Columns = { timestamp: 0, value: 1, count: 2 };

const TIMES = ["timestamp", "timestamps", "time", "datetime", "date", "ts"];
const VALUES = ["value", "values", "count", "requests"];
const NOTHING = ["", "nan", "null", "na", "n/a", "<na>", "none"];
/** RFC 4180: commas may stand in quotes, and quotes there are written twice. */
const CELL = /\s*"(?:[^"]|"")*"\s*(?=,|$)|[^,]+|(?<=^|,)(?=,|$)/g;

/** Reads a row by where its time and value stand; what else it has is passed over. */
export function readSeriesRow(
  line: string,
  columns = plainColumns,
): Result<SeriesRow, { readonly field: string | null; readonly detail: string }> {
  const cells = cellsOf(line);
  const timestamp = cells[columns.timestamp] ?? "";
  const written = cells[columns.value] ?? "";
  if (cells.length !== columns.count) {
    const expected = columns.count === 2 ? "timestamp,value" : `${columns.count} cells as in the heading`;
    return err({ field: null, detail: `expected ${expected}` });
  }
  const time = readTime(timestamp);
  if (time === null) return err({ field: "timestamp", detail: `${JSON.stringify(timestamp)} is no time` });
  const value = readNumber(written);
  if (value === null && !NOTHING.includes(written.toLowerCase()))
    return err({ field: "value", detail: `${JSON.stringify(written)} is no number` });
  return ok({ timestamp, time, value });
}

/**
 * A first line that has neither a time nor a number names its columns; `null` when it is none. Where no name is known, the
 * first is the time, and the one beside the time is the value.
 */
export function readHeading(line: string): Columns | null {
  const names = cellsOf(line).map((name) => name.toLowerCase());
  if (names.some((name) => name !== "" && (readTime(name) !== null || readNumber(name) !== null))) return null;
  if (names.every((name) => NOTHING.includes(name))) return null;
  const named = (known: readonly string[]) => names.findIndex((name) => known.includes(name));
  const count = Math.max(plainColumns.count, names.length);
  const value = named(VALUES);
  const timestamp = Math.max(named(TIMES), value === 0 ? 1 : 0);
  const beside = timestamp + 1 < count ? timestamp + 1 : timestamp - 1;
  return { timestamp, value: value >= 0 ? value : beside, count };
}

const cellsOf = (line: string): string[] => (line.match(CELL) ?? []).map(unquoted);

const unquoted = (cell: string): string =>
  cell.trim().replace(/^"(.*)"$/, (_, text: string) => text.replaceAll('""', '"').trim());
