/** A time as a row has it; numbers await what the other rows have, as one file has one unit. */
export interface SeriesTime {
  readonly form: "date" | "milliseconds" | "seconds";
  /** Unix milliseconds of a date; else the number that is written. */
  readonly amount: number;
}

/** From here on a number is Unix milliseconds, below it seconds: of the year 5138, and of March 1973. */
const LEAST_MILLISECONDS = 1e11;
/** Where all are whole numbers below this they number the rows, of which each is taken for a minute. */
const LEAST_SECONDS = 1e8;
/** What JavaScript's dates can tell: 100 million days around the epoch. */
const MAX_MS = 8.64e15;
const ROW_MS = 60_000;
const DATE_TIME = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/i;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
/** No series of measurements goes so far; its squares are numbers still. */
const MAX_NUMBER = 1e100;

/**
 * RFC 3339 (UTC where no offset is given, a space for the T, no time of day or no seconds), Unix milliseconds, or a number
 * below these; `null` when it is no time.
 */
export function readTime(text: string): SeriesTime | null {
  const number = readNumber(text);
  if (number === null) {
    const at = readDateTime(text);
    return at === null ? null : { form: "date", amount: at };
  }
  if (Math.abs(number) < LEAST_MILLISECONDS) return { form: "seconds", amount: number };
  return Math.abs(number) <= MAX_MS ? { form: "milliseconds", amount: number } : null;
}

/** What the times of a file have in common, which its unit follows from. */
export class SeriesUnit {
  #form: SeriesTime["form"] | null = null;
  #areRowNumbers = true;

  /** Takes the next row's time; what is wrong with it beside those before it, or `null`. */
  add({ form, amount }: SeriesTime): string | null {
    this.#form ??= form;
    if (form !== this.#form) return `is ${WORDS[form]}, where rows before it have ${WORDS[this.#form]}`;
    this.#areRowNumbers &&= Number.isInteger(amount) && amount >= 0 && amount < LEAST_SECONDS;
    return null;
  }

  /** Milliseconds that one of the amounts stands for. */
  get ms(): number {
    if (this.#form !== "seconds") return 1;
    return this.#areRowNumbers ? ROW_MS : 1000;
  }
}

const WORDS: Readonly<Record<SeriesTime["form"], string>> = {
  date: "a date",
  milliseconds: "Unix milliseconds",
  seconds: "seconds or a row's number",
};

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

export function readNumber(text: string): number | null {
  const number = NUMBER.test(text) ? Number(text) : Number.NaN;
  return Math.abs(number) <= MAX_NUMBER ? number : null;
}
