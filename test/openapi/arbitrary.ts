import fc from "fast-check";
import { api } from "./check-reply.ts";

/** The part of JSON Schema that the API's document uses. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly format?: string;
}

/** Longer ones find nothing more, and take their time. */
const MAX_ITEMS = 4;
const MAX_CHARS = 80;

/** Values that a schema allows. `names` are tried for the names in objects, beside made-up ones. */
export function valuesOf(schema: JsonSchema, names: readonly string[]): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) return valuesOf(resolve(schema.$ref), names);
  if (schema.enum) return fc.constantFrom(...schema.enum);
  const options = schema.oneOf ?? schema.anyOf;
  if (options) return fc.oneof(...options.map((option) => valuesOf(option, names)));
  const types = [schema.type ?? []].flat();
  return types.length === 0 ? fc.jsonValue() : fc.oneof(...types.map((type) => valuesOfType(type, schema, names)));
}

/** Values that a schema allows, and such as are close to them: a part is another value, is missing, or is too much. */
export function nearlyValuesOf(schema: JsonSchema, names: readonly string[]): fc.Arbitrary<unknown> {
  const valid = valuesOf(schema, names);
  return fc.oneof(
    valid,
    fc.tuple(valid, fc.nat(), odd).map(([value, at, other]) => spoil(value, at, other)),
  );
}

const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    "",
    "\r\nSet-Cookie: a=b",
    "../../etc/passwd",
    "\u0000",
    "constructor",
    "💥".repeat(50),
  ),
  fc.constantFrom<unknown>(-1, 0.5, 1e308, Number.MAX_SAFE_INTEGER + 2, -0, [], {}, true),
  fc.jsonValue(),
);

function valuesOfType(type: string, schema: JsonSchema, names: readonly string[]): fc.Arbitrary<unknown> {
  switch (type) {
    case "null":
      return fc.constant(null);
    case "boolean":
      return fc.boolean();
    case "integer":
      return fc.integer({ min: schema.minimum ?? -1000, max: Math.min(schema.maximum ?? 1000, 2 ** 31 - 1) });
    case "number":
      return fc.double({
        min: schema.minimum ?? schema.exclusiveMinimum ?? -1000,
        max: schema.maximum ?? 1000,
        minExcluded: schema.exclusiveMinimum !== undefined,
        noNaN: true,
      });
    case "string":
      return stringsOf(schema, names);
    case "array":
      return fc.array(valuesOf(schema.items ?? {}, names), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? MAX_ITEMS, MAX_ITEMS),
      });
    case "object":
      return objectsOf(schema, names);
    default:
      throw new Error(`no values are known of type ${type}`);
  }
}

function stringsOf({ pattern, format, minLength, maxLength }: JsonSchema, names: readonly string[]) {
  const known = fc.constantFrom(...names);
  if (format === "date-time") return fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
  if (format === "uri") return fc.constantFrom("http://127.0.0.1:9", "https://b.example", "https://[::1]:8443");
  if (pattern === undefined)
    return fc.oneof(known, fc.string({ minLength: minLength ?? 0, maxLength: Math.min(maxLength ?? 20, MAX_CHARS) }));
  const expression = new RegExp(pattern);
  // fast-check makes no strings for what looks ahead; those that it forbids are sorted out again.
  const made = fc.stringMatching(new RegExp(pattern.replace(/\(\?!.*?\)/, ""))).filter((text) => expression.test(text));
  const fitting = names.filter((name) => expression.test(name));
  return fitting.length === 0 ? made : fc.oneof(fc.constantFrom(...fitting), made);
}

function objectsOf({ properties = {}, required = [], additionalProperties }: JsonSchema, names: readonly string[]) {
  const fields = Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, valuesOf(field, names)]));
  const known = fc.record(fields, { requiredKeys: [...required] });
  if (typeof additionalProperties !== "object") return known;
  const name = fc.oneof(fc.constantFrom(...names), fc.string({ minLength: 1, maxLength: 20 }));
  const others = fc.dictionary(name, valuesOf(additionalProperties, names), { maxKeys: MAX_ITEMS });
  return fc.tuple(others, known).map(([more, fixed]) => ({ ...more, ...fixed }));
}

/** The value with one of its parts, chosen by `at`, taken out or made `other`. */
function spoil(value: unknown, at: number, other: unknown): unknown {
  if (typeof value !== "object" || value === null) return other;
  const keys = Object.keys(value);
  const key = keys[at % (keys.length + 1)];
  if (Array.isArray(value)) return key === undefined ? [...value, other] : value.toSpliced(Number(key), 1, other);
  if (key === undefined) return { ...value, [typeof other === "string" ? other : "colour"]: other };
  const { [key]: part, ...rest } = value as Readonly<Record<string, unknown>>;
  return at % 3 === 0 ? rest : { ...rest, [key]: spoil(part, Math.floor(at / (keys.length + 1)), other) };
}

function resolve(reference: string): JsonSchema {
  const name = reference.split("/").at(-1) ?? "";
  const schema = api.components?.schemas?.[name];
  if (!schema) throw new Error(`there is no ${reference}`);
  return schema as JsonSchema;
}
