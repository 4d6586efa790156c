import { InvalidArgumentError } from "commander";
import { parse } from "yaml";
import { isObject } from "../../src/table/merge-patch.ts";

export type Fields = Readonly<Record<string, unknown>>;

/**
 * Adds `field=value` to the fields of an entity. The value is YAML, so that lists and objects can be written as JSON;
 * a field within a field is named with a dot: `affinity.kind=cookie`.
 */
export function addField(text: string, before: Fields | undefined): Fields {
  const [, path, given] = /^([A-Za-z]+(?:\.[A-Za-z]+)*)=(.*)$/s.exec(text) ?? [];
  if (path === undefined || given === undefined)
    throw new InvalidArgumentError("Expected field=value, such as weight=50.");
  let value: unknown;
  try {
    value = parse(given);
  } catch {
    throw new InvalidArgumentError("Expected a value as YAML or JSON.");
  }
  return within(before ?? {}, path.split("."), value);
}

function within(fields: Fields, [name = "", ...rest]: readonly string[], value: unknown): Fields {
  const inner = Object.hasOwn(fields, name) ? fields[name] : undefined;
  return { ...fields, [name]: rest.length === 0 ? value : within(isObject(inner) ? inner : {}, rest, value) };
}
