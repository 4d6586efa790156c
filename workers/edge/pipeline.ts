import { readColo, readFacts } from "../../src/request/facts.ts";
import { admit } from "../../src/routing/admit.ts";
import { decide } from "../../src/routing/decide.ts";
import { classOf } from "../../src/shaping/priority.ts";
import { screen } from "../../src/shield/screen.ts";
import { serviceFor } from "../../src/table/snapshot.ts";
import type { Background } from "../background.ts";
import { canonicalUrl } from "./canonical-url.ts";
import { CHALLENGE_PATH } from "./challenge/page.ts";
import type { Edge } from "./edge.ts";
import { forward } from "./forward.ts";
import type { Outcome } from "./outcome.ts";
import { type Passage, startPassage } from "./passage.ts";
import { respond } from "./respond.ts";

/** The life of a request: facts → screen → permit → guard → decide → shape → forward → respond. */
export async function serve(edge: Edge, incoming: Request, rawUrl: string, background: Background): Promise<Response> {
  const startedAt = edge.now();
  // Read once: each look at it leaves JavaScript.
  const { cf } = incoming;
  const colo = readColo(cf);
  const passage = startPassage(edge.requestIds.next(colo, startedAt), colo, startedAt);
  try {
    const outcome = await route(edge, incoming, rawUrl, cf, passage, background);
    edge.report(background);
    return await finish(edge, outcome, passage, background);
  } catch (error) {
    console.error(passage.requestId, error);
    return finish(edge, { kind: "crashed" }, passage, background);
  }
}

async function finish(edge: Edge, outcome: Outcome, passage: Passage, background: Background): Promise<Response> {
  const response = await respond(edge, outcome, passage, background);
  edge.trace(passage, outcome, response, background);
  edge.shield.ended(passage, outcome, response.status, background);
  return response;
}

async function route(
  edge: Edge,
  incoming: Request,
  rawUrl: string,
  cf: unknown,
  passage: Passage,
  background: Background,
): Promise<Outcome> {
  const { method, headers } = incoming;
  const url = canonicalUrl(rawUrl);
  if (url === null) return { kind: "bad-url" };
  const { requestId } = passage;
  const facts = readFacts({ method, url, headers, cf }, { requestId, countryByIp: edge.countryByIp });
  if (facts.kind !== "facts") return facts;
  passage.facts = facts;

  // In the steady state the view is there, and awaiting it would cost a turn of the event loop.
  const pending = edge.view(background);
  const view = pending instanceof Promise ? await pending : pending;
  if (view === null) return { kind: "no-table" };
  passage.snapshot = view.snapshot;

  const now = edge.now();
  if (facts.path === CHALLENGE_PATH) {
    const screened = screen(view.snapshot, facts, now);
    passage.verdict = screened;
    if (screened.kind === "blocked") return screened;
    const service = serviceFor(view.snapshot, facts.hostname, facts.path);
    passage.service = service?.id ?? null;
    const arrival = service && { snapshot: view.snapshot, service, facts: screened, now, passage, incoming };
    const limited = arrival ? await edge.shield.limits.take(arrival, background) : null;
    return limited?.action === "block" ? limited : edge.shield.challenges.redeem(screened, incoming, now);
  }
  const admitted = admit(view.snapshot, facts, now);
  passage.at = now;
  if ("service" in admitted) {
    passage.service = admitted.service.id;
    edge.observations.count(admitted.service.id, facts.place);
  }
  // Until there is a decision: of what the shield holds, the trace says that it was admitted.
  passage.verdict = admitted;
  if (admitted.kind !== "admitted") return admitted;
  const { service, permitted } = admitted;
  const arrival = { snapshot: view.snapshot, service, facts: admitted.facts, now, passage, incoming };
  const guarding = edge.shield.guard(arrival, background);
  const held = guarding instanceof Promise ? await guarding : guarding;
  if (held !== null) return held;
  const isBinding = service.service.affinity.kind === "cookie";
  const bound = isBinding ? await edge.affinity.read(facts.fields.cookie, service.id, now) : null;
  const request = { facts: admitted.facts, service, permitted, bound };
  const draw = edge.random.unit();
  const decision = decide(view, request, now, draw);
  passage.request = request;
  passage.draw = draw;
  passage.ejected = edge.ejected(now);
  passage.verdict = decision;
  if (decision.kind === "none-healthy") return decision;
  const priority = classOf(service.service.shaping, facts);
  const placing = edge.shaper.place(view, request, priority, decision, now, background);
  const placed = placing instanceof Promise ? await placing : placing;
  if (placed.kind === "shed") return placed;
  return forward(edge, view, request, priority, incoming, placed, passage);
}
