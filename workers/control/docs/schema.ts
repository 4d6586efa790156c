import { html, raw } from "hono/html";
import type { ApiDocument } from "../openapi/document.ts";

export type Schema = NonNullable<NonNullable<ApiDocument["components"]>["schemas"]>[string];
type Inline = Exclude<Schema, { readonly $ref: string }>;
export type Html = ReturnType<typeof html>;

const isReference = (schema: Schema): schema is Extract<Schema, { readonly $ref: string }> => "$ref" in schema;

/** A schema for readers: its type in words, and below it the fields of what is in it. */
export function schemaView(schema: Schema): Html {
  return html`<p>${typeOf(schema)}</p>${fieldsOf(schema)}`;
}

/** The tables of fields in a schema; those of a schema with a name are at its place alone. */
function fieldsOf(schema: Schema): Html | "" {
  if (isReference(schema)) return "";
  const inner = [
    ...(schema.oneOf ?? schema.anyOf ?? []),
    ...(schema.items && !Array.isArray(schema.items) ? [schema.items] : []),
    ...(typeof schema.additionalProperties === "object" ? [schema.additionalProperties] : []),
  ];
  const fields = Object.entries(schema.properties ?? {});
  const required = new Set(schema.required);
  const table =
    fields.length === 0
      ? ""
      : html`<table><thead><tr><th>field</th><th>value</th></tr></thead><tbody>
${fields.map(
  ([name, field]) =>
    html`<tr><td><code>${name}</code>${required.has(name) ? "" : html` <small>optional</small>`}</td>
<td>${typeOf(field)}${descriptionOf(field)}${fieldsOf(field)}</td></tr>`,
)}
</tbody></table>`;
  return html`${table}${inner.map(fieldsOf)}`;
}

const descriptionOf = (schema: Schema): Html | "" =>
  isReference(schema) || schema.description === undefined ? "" : html`<br>${schema.description}`;

/** A schema's type and bounds in a few words. */
export function typeOf(schema: Schema): Html {
  if (isReference(schema)) {
    const name = schema.$ref.split("/").at(-1) ?? "";
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  const { default: standard } = schema;
  const bounds = boundsOf(schema);
  return html`${kindOf(schema)}${bounds === "" ? "" : `, ${bounds}`}${
    standard === undefined ? "" : html`, default <code>${JSON.stringify(standard)}</code>`
  }`;
}

function kindOf(schema: Inline): Html {
  const options = schema.oneOf ?? schema.anyOf;
  if (options) return joined(options.map(typeOf), " or ");
  if (schema.allOf) return joined(schema.allOf.map(typeOf), " and ");
  if (schema.enum)
    return joined(
      schema.enum.map((value) => html`<code>${JSON.stringify(value)}</code>`),
      " or ",
    );
  const types = [schema.type ?? []].flat();
  if (types.length === 0) return html`anything`;
  return joined(
    types.map((type) => nameOf(type, schema)),
    " or ",
  );
}

function nameOf(type: string, { items, additionalProperties, properties, format }: Inline): Html {
  if (type === "array") return html`list of ${items && !Array.isArray(items) ? typeOf(items) : "anything"}`;
  if (type === "object" && !properties && typeof additionalProperties === "object")
    return html`object of ${typeOf(additionalProperties)} by name`;
  return html`${format ?? type}`;
}

function boundsOf(schema: Inline): string {
  const parts = [
    range(schema.minimum, schema.maximum, ""),
    schema.exclusiveMinimum === undefined ? "" : `above ${schema.exclusiveMinimum}`,
    range(schema.minLength, schema.maxLength, " characters"),
    range(schema.minItems, schema.maxItems, " items"),
    schema.pattern ?? "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function range(least: number | undefined, most: number | undefined, unit: string): string {
  if (least !== undefined && most !== undefined) return `${least} to ${most}${unit}`;
  if (most !== undefined) return `at most ${most}${unit}`;
  return least === undefined ? "" : `at least ${least}${unit}`;
}

export const joined = (parts: readonly Html[], by: string): Html =>
  html`${parts.map((part, i) => (i === 0 ? part : html`${raw(by)}${part}`))}`;
