import { InvalidArgumentError } from "commander";
import { parse } from "yaml";
import { composePatches } from "../../src/table/merge-patch.ts";
import { sectionNames } from "../../src/table/table.ts";

/** Single values to be set in the table. */
export interface Settings {
  /** By region or backend id, as in `PUT /weights`. */
  readonly weights: Readonly<Record<string, number>>;
  /** A JSON merge patch over the table. */
  readonly patch: Readonly<Record<string, unknown>>;
}

export const noSettings: Settings = { weights: {}, patch: {} };

/**
 * Adds `weights.<region or backend>=<number>` or `<section>.<id>.<field>=<value>`. The value is YAML, so that lists and
 * objects can be written as JSON. What stands between the first and the last dot is the id, which may have dots too.
 */
export function addSetting(text: string, { weights, patch }: Settings = noSettings): Settings {
  const [, section, rest, given] = /^([^.=]+)\.([^=]+)=(.*)$/s.exec(text) ?? [];
  if (section === undefined || rest === undefined || given === undefined) throw usage();
  const value = parseValue(given);
  if (section === "weights") {
    if (typeof value !== "number") throw new InvalidArgumentError("Expected a number as weight.");
    return { weights: { ...weights, [rest]: value }, patch };
  }
  const dot = rest.lastIndexOf(".");
  if (dot <= 0 || dot === rest.length - 1) throw usage();
  if (!(sectionNames as readonly string[]).includes(section))
    throw new InvalidArgumentError(`Expected weights or a section: ${sectionNames.join(", ")}.`);
  const one = { [section]: { [rest.slice(0, dot)]: { [rest.slice(dot + 1)]: value } } };
  return { weights, patch: composePatches(patch, one) as Settings["patch"] };
}

function parseValue(text: string): unknown {
  try {
    return parse(text);
  } catch {
    throw new InvalidArgumentError("Expected a value as YAML or JSON.");
  }
}

const usage = () =>
  new InvalidArgumentError(
    "Expected weights.<id>=<number> or <section>.<id>.<field>=<value>, such as weights.eu-west-1=0.",
  );
