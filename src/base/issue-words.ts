import type { z } from "zod";
import { counted } from "./counted.ts";

/** What is refused must not come back at length. */
const MAX_SHOWN_CHARS = 100;

/** For `safeParse`: what is wrong with a value, as all messages here say it. What a schema says itself goes before. */
export const issueWords: z.core.$ZodErrorMap = (issue) => {
  const { input } = issue;
  if (input === undefined || isWithoutKind(issue)) return `missing: expected ${wantedBy(issue)}`;
  if (issue.code === "invalid_key") return issue.issues[0]?.message;
  if (issue.code === "unrecognized_keys") return `unknown field: ${issue.keys.join(", ").slice(0, MAX_SHOWN_CHARS)}`;
  if (issue.code !== "invalid_type") return `expected ${wantedBy(issue)}`;
  if (issue.expected === "array" && typeof input === "string")
    return `expected a list, such as ${JSON.stringify([input.slice(0, MAX_SHOWN_CHARS)])}`;
  // What is text in a query, or in a column, is no number only for what it says.
  return Number.isNaN(input) || issue.expected === "int"
    ? `expected ${wantedBy(issue)}`
    : `expected ${wantedBy(issue)}, not ${kindOf(input)}`;
};

function wantedBy(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return typeNames[issue.expected] ?? `a ${issue.expected}`;
    case "invalid_value":
      return oneOf(issue.values.map(String));
    case "too_big":
      return `${extent(issue, "at most", "less than")} ${amount(issue.origin, Number(issue.maximum))}`;
    case "too_small":
      return `${extent(issue, "at least", "more than")} ${amount(issue.origin, Number(issue.minimum))}`;
    case "not_multiple_of":
      return `a multiple of ${issue.divisor}`;
    case "invalid_format":
      return formatNames[issue.format] ?? (issue.pattern === undefined ? issue.format : `text like ${issue.pattern}`);
    case "invalid_union":
      return issue.errors.length === 0 ? oneOf(kindsOf(issue)) : anyOf(issue.errors);
    default:
      return "another value";
  }
}

const typeNames: Readonly<Record<string, string>> = {
  array: "a list",
  int: "a whole number",
  null: "null",
  object: "an object",
  record: "an object",
};

const formatNames: Readonly<Record<string, string>> = {
  datetime: "a time such as 2026-01-31T12:00:00Z",
  email: "an e-mail address",
  url: "a URL",
};

function kindOf(input: unknown): string {
  if (input === null || (typeof input === "number" && !Number.isFinite(input))) return String(input);
  return typeNames[Array.isArray(input) ? "array" : typeof input] ?? `a ${typeof input}`;
}

type Bounded = z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall;

const extent = (issue: Pick<Bounded, "exact" | "inclusive">, inclusive: string, exclusive: string): string =>
  issue.exact ? "exactly" : issue.inclusive === false ? exclusive : inclusive;

/** How many of what a size is of: for a number, itself. */
function amount(origin: string, size: number): string {
  switch (origin) {
    case "string":
      return counted(size, "character");
    case "array":
      return counted(size, "entry", "entries");
    default:
      return String(size);
  }
}

const oneOf = (names: readonly string[]): string =>
  names.length === 1 ? String(names[0]) : `one of ${names.join(", ")}`;

/** An object without what says of which kind it is. */
const isWithoutKind = ({ code, discriminator, input }: z.core.$ZodRawIssue): boolean =>
  code === "invalid_union" &&
  typeof discriminator === "string" &&
  (input as FieldsOf | null)?.[discriminator] === undefined;
type FieldsOf = Readonly<Record<string, unknown>>;

/** The kinds that there are of something, where it is of none of them. */
function kindsOf({ inst, path }: z.core.$ZodRawIssue): string[] {
  const { options = [], discriminator } = (inst as z.core.$ZodDiscriminatedUnion | undefined)?._zod.def ?? {};
  const name = discriminator ?? String(path?.at(-1));
  return options.flatMap(({ _zod: { propValues } }) => [...(propValues?.[name] ?? [])].map(String));
}

const FORM = /^(?:missing: )?expected (.+?)(?:, (?:such as|not) .*)?$/;

/** What each of several forms asks for, where it says so of the whole value. */
function anyOf(errors: readonly (readonly z.core.$ZodIssue[])[]): string {
  const forms = errors.map(([first]) => (first?.path.length === 0 ? FORM.exec(first.message)?.[1] : undefined));
  return forms.every((form) => form !== undefined) ? [...new Set(forms)].join(" or ") : "another form";
}
