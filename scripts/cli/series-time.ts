/** A time as a row has it; numbers await what the first row has, as one file has one unit. */
export interface SeriesTime {
  readonly form: "date" | "nanoseconds" | "microseconds" | "milliseconds" | "seconds" | "rows";
  /** Unix milliseconds of a date; else the number that is written. */
  readonly amount: number;
}

/** From here on numbers are of the next finer unit: of the years 1973 to 5138, each. */
const LEAST_MILLISECONDS = 1e11;
const LEAST_MICROSECONDS = 1e14;
const LEAST_NANOSECONDS = 1e17;
const LEAST_NOTHING = 1e20;
/** Whole numbers below this, written so, number the rows, of which each is taken for a minute. */
const LEAST_SECONDS = 1e8;
const DATE_TIME =
  /^(\d{4})([-/])(\d\d?)\2(\d\d?)(?:(?:T| +)(\d\d?):(\d\d)(?::(\d\d)([.]\d+)?)? ?(Z|UTC|[+-]\d\d(?::?\d\d)?)?)?$/i;
/** A day of these two centuries without separators, which would be the number of a row otherwise. */
const PLAIN_DATE = /^((?:19|20)\d\d)(\d\d)(\d\d)$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
/** No series of measurements goes so far; its squares are numbers still. */
const MAX_NUMBER = 1e100;

/**
 * RFC 3339 (UTC where no offset is given, a space for the T, no time of day or no seconds), the same with slashes or as
 * eight digits, Unix time in any unit, or a number below these; `null` when it is no time.
 */
export function readTime(text: string): SeriesTime | null {
  const at = readDateTime(text.replace(PLAIN_DATE, "$1-$2-$3"));
  if (at !== null) return { form: "date", amount: at };
  const amount = readNumber(text);
  const form = amount === null ? null : formOf(text, Math.abs(amount));
  return amount === null || form === null ? null : { form, amount };
}

function formOf(text: string, size: number): SeriesTime["form"] | null {
  if (size < LEAST_SECONDS && /^\d+$/.test(text)) return "rows";
  if (size < LEAST_MILLISECONDS) return "seconds";
  if (size < LEAST_MICROSECONDS) return "milliseconds";
  if (size < LEAST_NANOSECONDS) return "microseconds";
  return size < LEAST_NOTHING ? "nanoseconds" : null;
}

/** What the times of a file have in common. The first row says it: no score may depend on what comes after it. */
export class SeriesUnit {
  #form: SeriesTime["form"] | null = null;

  /** Takes the next row's time; what is wrong with it beside the first one, or `null`. */
  add({ form }: SeriesTime): string | null {
    this.#form ??= form;
    if (WORDS[form] === WORDS[this.#form]) return null;
    return `is ${WORDS[form]}, where rows before it have ${WORDS[this.#form]}`;
  }

  /** Milliseconds that one of the amounts stands for. */
  get ms(): number {
    return MILLISECONDS[this.#form ?? "date"];
  }
}

const MILLISECONDS: Readonly<Record<SeriesTime["form"], number>> = {
  date: 1,
  nanoseconds: 1e-6,
  microseconds: 1e-3,
  milliseconds: 1,
  seconds: 1000,
  rows: 60_000,
};
const WORDS: Readonly<Record<SeriesTime["form"], string>> = {
  date: "a date",
  nanoseconds: "Unix nanoseconds",
  microseconds: "Unix microseconds",
  milliseconds: "Unix milliseconds",
  seconds: "seconds or a row's number",
  rows: "seconds or a row's number",
};

function readDateTime(text: string): number | null {
  const [, year, , month = "", day = "", hour = "00", minute = "00", second = "00", fraction = "", offset = "Z"] =
    DATE_TIME.exec(text) ?? [];
  if (year === undefined) return null;
  const date = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  const midnight = Date.parse(`${date}T00:00:00Z`);
  // Dates that are none, such as February 30th, would be read as those of another month.
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== date) return null;
  const zone = /^[+-]/.test(offset) ? `${offset.slice(0, 3)}:${offset.slice(3).replace(":", "") || "00"}` : "Z";
  const at = Date.parse(`${date}T${hour.padStart(2, "0")}:${minute}:${second}${fraction}${zone}`);
  return Number.isNaN(at) ? null : at;
}

export function readNumber(text: string): number | null {
  const number = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Math.abs(number) <= MAX_NUMBER ? number : null;
}
