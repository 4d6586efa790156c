import { readFacts } from "../../src/request/facts.ts";
import { permitRequest } from "../../src/residency/permit.ts";
import { decide } from "../../src/routing/decide.ts";
import { screen } from "../../src/shield/screen.ts";
import { serviceFor } from "../../src/table/snapshot.ts";
import { canonicalUrl } from "./canonical-url.ts";
import type { Edge } from "./edge.ts";
import { forward } from "./forward.ts";
import type { Outcome } from "./outcome.ts";
import { respond } from "./respond.ts";

/** The life of a request: facts → screen → permit → decide → forward → respond. */
export async function serve(edge: Edge, incoming: Request, rawUrl: string, background: Background): Promise<Response> {
  const startedAt = edge.now();
  const requestId = edge.random.hex(4);
  const timing = { requestId, startedAt };
  try {
    const outcome = await route(edge, incoming, rawUrl, requestId, background);
    edge.report(background);
    return await respond(edge, outcome, timing);
  } catch (error) {
    console.error(requestId, error);
    return respond(edge, { kind: "crashed" }, timing);
  }
}

export type Background = (work: Promise<unknown>) => void;

async function route(
  edge: Edge,
  incoming: Request,
  rawUrl: string,
  requestId: string,
  background: Background,
): Promise<Outcome> {
  const { method, headers, cf } = incoming;
  const url = canonicalUrl(rawUrl);
  if (url === null) return { kind: "bad-url" };
  const facts = readFacts({ method, url, headers, cf }, { requestId, countryByIp: edge.countryByIp });
  if (facts.kind !== "facts") return facts;

  // In the steady state the view is there, and awaiting it would cost a turn of the event loop.
  const pending = edge.view(background);
  const view = pending instanceof Promise ? await pending : pending;
  if (view === null) return { kind: "no-table" };

  const now = edge.now();
  const screened = screen(view.snapshot, facts, now);
  if (screened.kind === "blocked") return screened;

  const service = serviceFor(view.snapshot, facts.hostname, facts.path);
  if (!service) return { kind: "no-service", facts };
  edge.observations.count(service.id, facts.place);
  const permitted = permitRequest(view.snapshot, service, screened);
  if (permitted.kind === "refused") return permitted;

  const isBinding = service.service.affinity.kind === "cookie";
  const bound = isBinding ? await edge.affinity.read(facts.fields.cookie, service.id, now) : null;
  const request = { facts: screened, service, permitted, bound };
  const decision = decide(view, request, now, edge.random.unit());
  if (decision.kind === "none-healthy") return decision;
  return forward(edge, view, request, incoming, decision);
}
