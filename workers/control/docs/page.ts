import { html } from "hono/html";
import type { ApiDocument } from "../openapi/document.ts";
import { operationsOf, operationView } from "./operation.ts";
import { problemsView } from "./problems.ts";
import { type Html, schemaView } from "./schema.ts";

/**
 * The API's document for readers. Made here and without any script: the renderers in common use write styles into the
 * page, which its Content-Security-Policy forbids.
 */
export function docsPage(api: ApiDocument): Html {
  const operations = operationsOf(api);
  const tags = [...new Set(operations.map(({ operation }) => operation.tags?.[0] ?? ""))];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${api.info.title}: the control API</title>
<link rel="stylesheet" href="/style.css">
<link rel="stylesheet" href="/docs.css">
</head>
<body>
<main>
<h1>${api.info.title}: the control API</h1>
<p>${api.info.description ?? ""}</p>
<p>Paths are below <code>${api.servers?.[0]?.url ?? "/"}</code>; requests carry <code>Authorization: Bearer</code> and a
token: locally that of <code>.novacron/credentials.json</code>, elsewhere one for a machine
(<code>novacron tokens add</code>, after <code>novacron login</code>) or a session's (<a href="#post-sessions">POST /sessions</a>). For programs, the same as OpenAPI ${api.openapi}: <a href="/api/v1/openapi.json">openapi.json</a>.</p>
<nav><ul>
${tags.map((tag) => html`<li><a href="#${tag}">${tag}</a></li>`)}
<li><a href="#problems">problems</a></li>
<li><a href="#schemas">schemas</a></li>
</ul></nav>
${tags.map(
  (tag) => html`<section id="${tag}"><h2>${tag}</h2>
${operations.filter(({ operation }) => operation.tags?.[0] === tag).map((place) => operationView(api, place))}
</section>`,
)}
${problemsView()}
<section id="schemas"><h2>Schemas</h2>
${Object.entries(api.components?.schemas ?? {}).map(
  ([name, schema]) => html`<article id="schema-${name}"><h3>${name}</h3>${schemaView(schema)}</article>`,
)}
</section>
</main>
</body>
</html>
`;
}
