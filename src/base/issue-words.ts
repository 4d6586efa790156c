import type { z } from "zod";

/** What is refused must not come back at length. */
const MAX_SHOWN_CHARS = 100;

/** For `safeParse`: what zod's own words leave to be guessed, which are that a field is missing, and how a list is written. */
export const issueWords: z.core.$ZodErrorMap = (issue) => {
  const { input } = issue;
  if (issue.code === "invalid_type" && issue.expected === "array" && typeof input === "string")
    return `expected a list, such as ${JSON.stringify([input.slice(0, MAX_SHOWN_CHARS)])}`;
  return input === undefined ? `missing: expected ${expected(issue)}` : undefined;
};

function expected(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.expected === "array"
        ? "a list"
        : `${/^[aeiou]/.test(issue.expected) ? "an" : "a"} ${issue.expected}`;
    case "invalid_value":
      return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.join(", ")}`;
    default:
      return "a value";
  }
}
