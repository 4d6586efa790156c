import { isSeq, LineCounter, parseDocument } from "yaml";
import { err, ok, type Result } from "../../src/base/result.ts";
import type { Terminal } from "./cli.ts";
import type { Failure } from "./failure.ts";
import { readText } from "./text-file.ts";

/** The rows of a population as somebody wrote them; the control plane says which of them are wrong. */
export interface PopulationFile {
  readonly rows: readonly unknown[];
  /** The line on which each row begins, counted from 1. */
  readonly lines: readonly number[];
}

/** Reads CSV with a heading (`.csv`), or a list of objects in YAML or JSON; `-` is YAML on the standard input. */
export async function readPopulationFile(path: string, terminal: Terminal): Promise<Result<PopulationFile, Failure>> {
  const text = await readText(path, terminal);
  if (!text.ok) return text;
  const file = /\.csv$/i.test(path) ? readCsv(text.value) : readYaml(text.value);
  return typeof file === "string" ? err({ kind: "bad-file", path, detail: file }) : ok(file);
}

function readYaml(text: string): PopulationFile | string {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  const [error] = document.errors;
  if (error) return error.message.trimEnd();
  if (!isSeq(document.contents) || document.contents.items.length === 0) return "expected a list of rows";
  const lines = document.contents.items.map((item) => {
    const range = (item as { readonly range?: readonly number[] | null } | null)?.range;
    return lineCounter.linePos(range?.[0] ?? 0).line;
  });
  return { rows: document.toJS() as unknown[], lines };
}

const NUMERIC = new Set(["latitude", "longitude", "asn", "weight"]);

/**
 * Fields between commas, quotes around them or not; no field holds a comma or a line break, since codes, hosts and
 * numbers have none. An empty field is one that is not given. Empty lines and those that begin with # are passed over.
 */
function readCsv(text: string): PopulationFile | string {
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((line, i) => ({ cells: line.split(",").map(unquoted), line: i + 1, isBlank: /^\s*(#|$)/.test(line) }))
    .filter(({ isBlank }) => !isBlank);
  const [heading, ...rest] = lines;
  if (!heading || rest.length === 0) return "expected a line of headings, then rows";
  return { rows: rest.map(({ cells }) => toRow(heading.cells, cells)), lines: rest.map(({ line }) => line) };
}

function toRow(headings: readonly string[], cells: readonly string[]): Record<string, unknown> {
  const fields = cells.map((cell, i): [string, unknown] => {
    const name = headings[i] ?? `column ${i + 1}`;
    return [name, NUMERIC.has(name) ? toNumber(cell) : cell];
  });
  return Object.fromEntries(fields.filter(([, value]) => value !== ""));
}

/** Text that is no number stays text, for which the control plane then names the row. */
const toNumber = (cell: string) => (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(cell) ? Number(cell) : cell);

const unquoted = (cell: string) => cell.trim().replace(/^"(.*)"$/, "$1");
