import { z } from "zod";
import { err, ok, type Result } from "../base/result.ts";
import { type Learned, learnedRowSchema } from "./learned-row.ts";
import {
  type Entity,
  type Health,
  type PublishedTable,
  type Section,
  sectionNames,
  sections,
  type Table,
} from "./table.ts";
import { verdictSchema } from "./verdict.ts";

/**
 * The published table as text: a line of JSON with the version and the epoch, then a line for each section,
 * one for health and one for what was learned, `name TAB [[id, entity], …]`. Lines keep sections apart, so that a section which did not
 * change is neither written nor read again.
 *
 * Deployments are rolling: a newer writer may add fields and lines, which are passed over. A change that an
 * older reader would misread takes a new version, which it refuses.
 */
export const CODEC_VERSION = 1;

const headerSchema = z.object({ version: z.literal(CODEC_VERSION), epoch: z.int().min(0) });

export function encodeTable({ epoch, table, health, learned }: PublishedTable): string {
  const header = JSON.stringify({ version: CODEC_VERSION, epoch } satisfies z.infer<typeof headerSchema>);
  const lines = sectionNames.map((name) => `${name}\t${encodeEntries(table[name])}`);
  const observed = [`health\t${encodeEntries(health)}`, `learned\t${encodeEntries(learned)}`];
  return [header, ...lines, ...observed].join("\n");
}

/** The error says what is wrong and where. Never throws. Sections equal to the last decoded ones are the same maps. */
export function decodeTable(text: string): Result<PublishedTable, string> {
  const [first = "", ...rest] = text.split("\n");
  const header = headerSchema.safeParse(parseJson(first));
  if (!header.success) return err(`header: ${z.prettifyError(header.error)}`);
  const lines = new Map(rest.map((line) => splitOnce(line, "\t")));

  const table: { -readonly [S in Section]?: ReadonlyMap<string, unknown> } = {};
  for (const name of sectionNames) {
    const read = decodeLine(name, lines.get(name), sections[name].entity);
    if (!read.ok) return read;
    table[name] = read.value;
  }
  const health = decodeLine("health", lines.get("health"), verdictSchema);
  if (!health.ok) return health;
  // An older writer has learned nothing.
  const learned = decodeLine("learned", lines.get("learned") ?? "[]", learnedRowSchema);
  if (!learned.ok) return learned;
  // Each was read by its own schema above.
  return ok({
    epoch: header.data.epoch,
    table: table as Table,
    health: health.value as Health,
    learned: learned.value as Learned,
  });
}

/** Reads one stored entity, passing over fields that this version does not know. */
export function decodeEntity<S extends Section>(section: S, entity: unknown): Result<Entity<S>, string> {
  return tolerantly<Entity<S>>(sections[section].entity, entity);
}

export function decodeVerdict(verdict: unknown): Result<z.infer<typeof verdictSchema>, string> {
  return tolerantly(verdictSchema, verdict);
}

/** Maps are immutable, so the text of one is worth keeping as long as the map is. */
const encoded = new WeakMap<ReadonlyMap<string, unknown>, string>();

function encodeEntries(entries: ReadonlyMap<string, unknown>): string {
  let text = encoded.get(entries);
  if (text === undefined) {
    text = JSON.stringify([...entries]);
    encoded.set(entries, text);
  }
  return text;
}

interface Line {
  readonly text: string;
  readonly entries: ReadonlyMap<string, unknown>;
}
/** The last line read under each name: most epochs change one section, and the address lists are long. */
const decoded = new Map<string, Line>();

function decodeLine(
  name: string,
  text: string | undefined,
  entity: z.ZodType<unknown>,
): Result<ReadonlyMap<string, unknown>, string> {
  if (text === undefined) return err(`${name}: the line is missing`);
  const last = decoded.get(name);
  // Held anew even when equal: the old text may be a slice that keeps a whole old table alive.
  if (last && last.text === text) {
    decoded.set(name, { text, entries: last.entries });
    return ok(last.entries);
  }
  const pairs = parseJson(text);
  if (!Array.isArray(pairs)) return err(`${name}: expected an array`);
  const entries = new Map<string, unknown>();
  for (const pair of pairs) {
    if (!Array.isArray(pair) || typeof pair[0] !== "string") return err(`${name}: expected pairs of id and entity`);
    const [id, value] = pair;
    const read = tolerantly(entity, value);
    if (!read.ok) return err(`${name}/${id}: ${read.error}`);
    entries.set(id, read.value);
  }
  decoded.set(name, { text, entries });
  return ok(entries);
}

/** Parses by a schema that refuses unknown fields, after removing those that it names. */
function tolerantly<T>(schema: z.ZodType<T>, value: unknown): Result<T, string> {
  const strict = schema.safeParse(value);
  if (strict.success) return ok(strict.data);
  const unknown = strict.error.issues.filter((issue) => issue.code === "unrecognized_keys");
  if (unknown.length === 0) return err(z.prettifyError(strict.error));
  const copy: unknown = JSON.parse(JSON.stringify(value));
  for (const { path, keys } of unknown) for (const key of keys) removeAt(copy, path, key);
  const again = schema.safeParse(copy);
  return again.success ? ok(again.data) : err(z.prettifyError(again.error));
}

function removeAt(value: unknown, path: readonly PropertyKey[], key: string): void {
  let holder = value;
  for (const segment of path) holder = (holder as Record<PropertyKey, unknown>)[segment];
  delete (holder as Record<PropertyKey, unknown>)[key];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
