import { z } from "zod";
import { clientKey, parseIp } from "../base/ip.ts";
import type { Facts } from "../request/facts.ts";
import { stickinessKey, stickinessOf } from "../routing/pick.ts";
import type { LocalHealth, View } from "../routing/view.ts";
import { makeView } from "../routing/view.ts";
import { agentFamilyOf } from "../shield/traits.ts";
import type { Snapshot } from "../table/snapshot.ts";
import { describe, explain, type Passage } from "./explain.ts";
import { type Course, type Explanation, explanationSchema } from "./explanation.ts";
import { RecordedTraffic } from "./recorded-traffic.ts";

/** Ejections that a trace holds. */
const MAX_EJECTED = 500;

/** Why a request is traced: by chance, or because it failed, with any backend of it too, or was refused. */
const occasionSchema = z.enum(["sampled", "failed", "refused"]);
export type Occasion = z.infer<typeof occasionSchema>;
export const OCCASIONS: readonly Occasion[] = occasionSchema.options;

/** What was decided of a request and became of it, and what it takes to decide it again. */
export const traceSchema = z.object({
  occasion: occasionSchema,
  explanation: explanationSchema,
  /** `null` where there is nothing to decide again: it was not even screened, or handed in a challenge's solution. */
  recorded: z
    .object({
      /** Whole, since blacklist, canary and hashes depend on each bit of it. It leaves the object's storage for no reader. */
      client: z.string(),
      headerKey: z.object({ name: z.string(), hash: z.int() }).nullable(),
      plannedAt: z.number(),
      /** The backends that the isolate had ejected. */
      ejected: z.array(z.string()),
      /** Of its user agent, which signatures ask for; another version did not tell. */
      agentFamily: z.string().optional(),
    })
    .nullable(),
});
export type Trace = z.infer<typeof traceSchema>;

export function makeTrace(occasion: Occasion, passage: Passage, ejected: readonly string[], course: Course): Trace {
  const { facts, request, verdict, at } = passage;
  const explanation = describe(passage, course);
  if (facts === null || verdict === null || verdict.kind === "facts") return { occasion, explanation, recorded: null };
  const stickiness = request && stickinessOf(request);
  const hash = request && stickinessKey(request);
  const headerKey = stickiness?.kind === "header" && hash !== null ? { name: stickiness.name, hash } : null;
  const plannedAt = verdict.kind === "chosen" ? verdict.plan.madeAt : at;
  const agentFamily = agentFamilyOf(facts.fields["user-agent"]);
  const rest = { headerKey, plannedAt, ejected: ejected.slice(0, MAX_EJECTED), agentFamily };
  return { occasion, explanation, recorded: { client: facts.client.text, ...rest } };
}

/**
 * Decides a recorded request again under a table, with its own draw, time and ejections, also one that the shield held.
 * `null` where there is nothing to decide it by.
 */
export function repeat(snapshot: Snapshot, { explanation, recorded }: Trace): Explanation | null {
  const client = recorded && parseIp(recorded.client);
  if (!recorded || !client) return null;
  const { request, bound, draw, at } = explanation;
  const facts: Facts = {
    kind: "facts",
    requestId: explanation.requestId ?? "",
    method: request.method,
    scheme: "https",
    host: request.host,
    hostname: request.host,
    path: request.path,
    target: request.path,
    fields: {},
    client,
    clientKey: clientKey(client),
    place: request.place,
  };
  const view: View = makeView(snapshot, ejecting(new Set(recorded.ejected)), new RecordedTraffic(explanation.decision));
  const { headerKey, plannedAt, agentFamily } = recorded;
  // A header of this name that the request did not have, which is not the same as one that is not known.
  const again = explain(view, {
    facts,
    bound,
    headerKey: headerKey ?? noHeader,
    agentFamily,
    now: at,
    plannedAt,
    draw,
  });
  return { ...again, requestId: explanation.requestId };
}

const noHeader = { name: "", hash: 0 };

/** Local health in which these are ejected, and stay so. */
export const ejecting = (ejected: ReadonlySet<string>): LocalHealth => ({
  isEjected: (backend) => ejected.has(backend),
  revision: 0,
  nextChangeAt: Number.POSITIVE_INFINITY,
});
