import { type Command, InvalidArgumentError } from "commander";
import type { z } from "zod";
import { ok, type Result } from "../../src/base/result.ts";
import { MAX_PAGE, pageSchema } from "../../workers/control/schema/page.ts";
import type { Client } from "./client.ts";
import type { Failure } from "./failure.ts";

/** A page may be short, even empty, where little matches: so many are asked for to fill the list, and to find one more. */
const MAX_PAGES = 100;

export interface Newest<T> {
  readonly items: readonly T[];
  /** Whether older ones follow; `unknown` where that would take too long to find out. */
  readonly older: "none" | "some" | "unknown";
}

/** Adds `--limit` to a verb that lists the newest of something. */
export const limited = (verb: Command, usual: number, most: number): Command =>
  verb.option("--limit <count>", `at most this many, 1 to ${most}`, countUpTo(most), usual);

/** Reads a whole number from 1 on. */
export function countUpTo(most: number): (text: string) => number {
  return (text) => {
    const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
    if (count < 1 || count > most) throw new InvalidArgumentError(`Expected 1 to ${most}.`);
    return count;
  };
}

/** The first of a list that has the newest first. */
export async function readNewest<T>(
  client: Client,
  path: string,
  limit: number,
  item: z.ZodType<T>,
): Promise<Result<Newest<T>, Failure>> {
  const items: T[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const missing = limit + 1 - items.length;
    const rest = { limit: String(Math.min(missing, MAX_PAGE)), ...(cursor === undefined ? {} : { cursor }) };
    const query = `${path.includes("?") ? "&" : "?"}${new URLSearchParams(rest)}`;
    const page = await client.get(`${path}${query}`, pageSchema(item));
    if (!page.ok) return page;
    items.push(...page.value.items);
    cursor = page.value.cursor;
    if (cursor === undefined || items.length > limit) break;
  }
  const older = items.length > limit ? "some" : cursor === undefined ? "none" : "unknown";
  return ok({ items: items.slice(0, limit), older });
}

/** What is to be said below a list that was cut off. */
export const cutNote = ({ older }: Pick<Newest<unknown>, "older">, limit: number, most: number): string[] =>
  older === "none"
    ? []
    : [`there ${older === "some" ? "are" : "may be"} older ones${limit < most ? `: --limit shows up to ${most}` : ""}`];
