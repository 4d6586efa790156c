import { err, ok, type Result } from "../../src/base/result.ts";

export interface SeriesRow {
  /** As it was written. */
  readonly timestamp: string;
  /** Unix milliseconds. */
  readonly at: number;
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

/** From here on a number is Unix milliseconds, below it seconds: of the year 5138, and of March 1973. */
const LEAST_MILLISECONDS = 1e11;
/** Below this whole numbers number the rows, of which each is taken for a minute. */
const LEAST_SECONDS = 1e8;
/** What JavaScript's dates can tell: 100 million days around the epoch. */
const MAX_MS = 8.64e15;
/** No series of measurements goes so far; its squares are numbers still. */
const MAX_VALUE = 1e100;
const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/i;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

const TIMES = ["timestamp", "timestamps", "time", "datetime", "date", "ts"];
const VALUES = ["value", "values", "count", "requests"];
const NOTHING = ["", "nan", "null", "na"];

/**
 * Reads a row: RFC 3339 (UTC where no offset is given, a space for the T, no time of day or no seconds), Unix seconds or
 * milliseconds, or the number of the row.
 */
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
  const at = readTime(timestamp);
  if (at === null) return err({ field: "timestamp", detail: `${JSON.stringify(timestamp)} is no time` });
  const value = readNumber(written);
  if (value === null && !NOTHING.includes(written.toLowerCase()))
    return err({ field: "value", detail: `${JSON.stringify(written)} is no number` });
  return ok({ timestamp, at, value });
}

/**
 * A first line that has neither a time nor a number names its columns; `null` when it is none. Where no name is known, the
 * first is the time, and the next one the value.
 */
export function readHeading(line: string): Columns | null {
  const names = cellsOf(line).map((name) => name.toLowerCase());
  if (names.some((name) => name !== "" && (readTime(name) !== null || readNumber(name) !== null))) return null;
  if (names.every((name) => NOTHING.includes(name))) return null;
  const named = (known: readonly string[]) => names.findIndex((name) => known.includes(name));
  const value = named(VALUES);
  const timestamp = Math.max(named(TIMES), value === 0 ? 1 : 0);
  return { timestamp, value: value >= 0 ? value : timestamp === 0 ? 1 : 0, count: names.length };
}

const cellsOf = (line: string): string[] => line.split(",").map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));

function readTime(text: string): number | null {
  const number = readNumber(text);
  const at = number === null ? readDateTime(text) : number * unitMsOf(number);
  return at !== null && Math.abs(at) <= MAX_MS ? at : null;
}

function unitMsOf(number: number): number {
  if (Number.isInteger(number) && number >= 0 && number < LEAST_SECONDS) return 60_000;
  return Math.abs(number) < LEAST_MILLISECONDS ? 1000 : 1;
}

function readDateTime(text: string): number | null {
  const [, year, month, day, hour = "00", minute = "00", second = "00", fraction = "", offset = "Z"] =
    DATE_TIME.exec(text) ?? [];
  if (year === undefined) return null;
  const date = `${year}-${month}-${day}`;
  const midnight = Date.parse(`${date}T00:00:00Z`);
  // Dates that are none, such as February 30th, would be read as those of another month.
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== date) return null;
  const at = Date.parse(`${date}T${hour}:${minute}:${second}${fraction}${offset.toUpperCase()}`);
  return Number.isNaN(at) ? null : at;
}

function readNumber(text: string): number | null {
  const number = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Math.abs(number) <= MAX_VALUE ? number : null;
}
