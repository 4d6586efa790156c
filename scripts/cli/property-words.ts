/** A field of an entity, as the JSON schema has it. */
export interface Property {
  readonly type?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly const?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly anyOf?: readonly Property[];
}

export function rangeOf({ minimum, maximum, enum: values, anyOf = [] }: Property): string[] {
  if (values !== undefined) return [values.join(", ")];
  if (minimum !== undefined && maximum !== undefined) return [`${figure(minimum)} to ${figure(maximum)}`];
  return anyOf.flatMap(rangeOf).slice(0, 1);
}

export const writtenOut = (value: unknown): string =>
  typeof value === "number" ? figure(value) : typeof value === "string" ? value : JSON.stringify(value);

const figure = (value: number): string => value.toLocaleString("en-US");
