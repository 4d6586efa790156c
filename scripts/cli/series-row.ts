import { err, ok, type Result } from "../../src/base/result.ts";

export interface SeriesRow {
  /** As it was written. */
  readonly timestamp: string;
  /** Unix milliseconds. */
  readonly at: number;
  readonly value: number;
}

/** From here on a number is Unix milliseconds, below it seconds: of the year 5138, and of March 1973. */
const LEAST_MILLISECONDS = 1e11;
/** What JavaScript's dates can tell: 100 million days around the epoch. */
const MAX_MS = 8.64e15;
/** No series of measurements goes so far; its squares are numbers still. */
const MAX_VALUE = 1e100;
const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?$/i;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** Reads `timestamp,value`: RFC 3339 (UTC where no offset is given, a space for the T), or Unix seconds or milliseconds. */
export function readSeriesRow(
  line: string,
): Result<SeriesRow, { readonly field: string | null; readonly detail: string }> {
  const cells = cellsOf(line);
  const [timestamp = "", written = ""] = cells;
  if (cells.length !== 2) return err({ field: null, detail: "expected timestamp,value" });
  const at = readTime(timestamp);
  if (at === null) return err({ field: "timestamp", detail: `${JSON.stringify(timestamp)} is no time` });
  const value = readNumber(written);
  if (value === null) return err({ field: "value", detail: `${JSON.stringify(written)} is no number` });
  return ok({ timestamp, at, value });
}

/** A first line that has neither a time nor a number names its columns. */
export function isHeading(line: string): boolean {
  const [timestamp = "", value = ""] = cellsOf(line);
  return readTime(timestamp) === null && readNumber(value) === null;
}

const cellsOf = (line: string): string[] => line.split(",").map((cell) => cell.trim().replace(/^"(.*)"$/, "$1"));

function readTime(text: string): number | null {
  const number = readNumber(text);
  const at = number === null ? readDateTime(text) : Math.abs(number) < LEAST_MILLISECONDS ? number * 1000 : number;
  return at !== null && Math.abs(at) <= MAX_MS ? at : null;
}

function readDateTime(text: string): number | null {
  const [, year, month, day, hour, minute, second, fraction = "", offset = "Z"] = DATE_TIME.exec(text) ?? [];
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
