import { html } from "hono/html";
import type { ApiDocument } from "../openapi/document.ts";
import { ownProblems } from "./problems.ts";
import { type Html, type Schema, schemaView, typeOf } from "./schema.ts";

type PathItem = NonNullable<ApiDocument["paths"]>[string];
export type Operation = NonNullable<PathItem["get"]>;
type Parameter = Exclude<NonNullable<Operation["parameters"]>[number], { readonly $ref: string }>;

const METHODS = ["get", "post", "put", "patch", "delete"] as const;

export interface Place {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** Every operation, in the order of the document. */
export function operationsOf({ paths }: ApiDocument): readonly Place[] {
  return Object.entries(paths ?? {}).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation ? [{ method: method.toUpperCase(), path, operation }] : [];
    }),
  );
}

/** One operation, folded up until it is asked for. */
export function operationView(api: ApiDocument, { method, path, operation }: Place): Html {
  const { summary, description, parameters = [], requestBody, responses = {} } = operation;
  const body = requestBody && "content" in requestBody ? contentOf(requestBody) : undefined;
  return html`<details id="${operation.operationId ?? ""}">
<summary><code><b>${method}</b> ${path}</code> ${summary ?? ""}</summary>
<p>${description ?? ""}</p>
${parameters.length === 0 ? "" : parameterTable(parameters.map((parameter) => resolve(api, parameter)))}
${body ? html`<h4>Body</h4>${schemaView(body)}` : ""}
<h4>Answers</h4>
<table><tbody>
${Object.entries(responses).map(([status, response]) => {
  const answer = answerView(response);
  return answer === "" ? "" : html`<tr><td><code>${status}</code></td><td>${answer}</td></tr>`;
})}
</tbody></table>
</details>`;
}

function parameterTable(parameters: readonly Parameter[]): Html {
  return html`<h4>Parameters</h4>
<table><tbody>
${parameters.map(
  ({ name, in: where, required, schema, description }) =>
    html`<tr><td><code>${name}</code> <small>${where}${required ? "" : ", optional"}</small></td>
<td>${schema ? typeOf(schema) : ""}${description ? html`<br>${description}` : ""}</td></tr>`,
)}
</tbody></table>`;
}

/** A parameter of its own or, where it is shared, as the components have it. */
function resolve(api: ApiDocument, parameter: NonNullable<Operation["parameters"]>[number]): Parameter {
  if (!("$ref" in parameter)) return parameter;
  const found = api.components?.parameters?.[parameter.$ref.split("/").at(-1) ?? ""];
  if (!found || "$ref" in found) throw new Error(`there is no ${parameter.$ref}`);
  return found;
}

/** Nothing where all that it may be is told once, among the problems. */
function answerView(response: NonNullable<Operation["responses"]>[string]): Html | "" {
  const schema = contentOf(response);
  // A problem's schema is that of all of them, and the types that there are.
  if (schema && "allOf" in schema) return ownProblems((schema.allOf ?? []).flatMap(typesIn));
  return html`${response.description}${schema ? schemaView(schema) : ""}`;
}

function typesIn(schema: Schema): string[] {
  const type = "properties" in schema ? schema.properties?.type : undefined;
  return type && "enum" in type ? (type.enum ?? []) : [];
}

const contentOf = ({ content = {} }: { readonly content?: Record<string, { readonly schema?: Schema }> }) =>
  Object.values(content)[0]?.schema;
