import { html } from "hono/html";
import { OF_ALL } from "../openapi/problems.ts";
import { problemKinds, problemType, type Refusal } from "../refusal.ts";
import { type Html, joined } from "./schema.ts";

type Kind = Refusal["kind"];

/** Told once: those of every operation, and those of who asks. */
const OF_THE_CALLER: readonly Kind[] = ["unauthenticated", "forbidden", "step-up", "forged"];
const toldOnce: readonly Kind[] = [...OF_ALL, ...OF_THE_CALLER];

const kinds = Object.keys(problemKinds) as Kind[];
const kindOf = new Map(kinds.map((kind) => [problemType(kind), kind]));

/** Of the problems of these types, links to those that are not told once; nothing where none is left. */
export function ownProblems(types: readonly string[]): Html | "" {
  const own = types.flatMap((type) => kindOf.get(type) ?? []).filter((kind) => !toldOnce.includes(kind));
  return own.length === 0 ? "" : joined(own.map(link), ", or: ");
}

const link = (kind: Kind) => html`<a href="#problem-${kind}">${problemKinds[kind].title}</a>`;

/** All that there are, at the places where their types lead. */
export function problemsView(): Html {
  return html`<section id="problems"><h2>Problems</h2>
<p>Any operation may answer with ${joined(OF_ALL.map(link), ", or: ")}. Where it is not for anyone, it wants a token
(${joined(OF_THE_CALLER.map(link), ", or: ")}). The others stand beside their operations.</p>
<table><thead><tr><th>type</th><th>status</th><th>means</th></tr></thead><tbody>
${kinds.map(
  (kind) =>
    html`<tr id="problem-${kind}"><td><code>${problemType(kind)}</code></td><td>${problemKinds[kind].status}</td><td>${problemKinds[kind].title}</td></tr>`,
)}
</tbody></table>
</section>`;
}
