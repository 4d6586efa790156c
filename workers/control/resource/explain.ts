import { clientKey, parseIp } from "../../../src/base/ip.ts";
import { err, ok, type Result } from "../../../src/base/result.ts";
import { type Facts, hostnameOf, readPlace } from "../../../src/request/facts.ts";
import { Traffic } from "../../../src/routing/traffic.ts";
import { makeView } from "../../../src/routing/view.ts";
import { compileSnapshot, type Snapshot } from "../../../src/table/snapshot.ts";
import { explain } from "../../../src/telemetry/explain.ts";
import { sameDecision } from "../../../src/telemetry/replay.ts";
import { ejecting, repeat } from "../../../src/telemetry/trace.ts";
import { withReason } from "../blocking-reason.ts";
import { propose } from "../proposal.ts";
import { readTable } from "../reach.ts";
import { findTrace } from "../recorded.ts";
import type { Refusal } from "../refusal.ts";
import { type Call, type Route, route } from "../route.ts";
import {
  type ExplainReply,
  type ExplainRequest,
  explainReplySchema,
  explainRequestSchema,
} from "../schema/explanation.ts";

/** Where none is given: the middle, so that it falls on no edge of an even split. */
const DEFAULT_DRAW = 0.5;
/** As at the edge, where no platform header names the client. */
const LOOPBACK = "127.0.0.1";

export const explainRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/routes/explain",
    permission: "routes:read",
    summary: "What the shield would do with a request, where it would go and why; or why it went where it did",
    body: explainRequestSchema,
    reply: explainReplySchema,
    refusals: ["absent", "objections", "bad-request-id", "untraced", "trace-expired"],
    async handle(call) {
      const published = await readTable(call);
      if (!published.ok) return published;
      const { table: patch, weights, down, requestId } = call.body;
      const proposed = propose(published.value, { patch, weights, down }, call.deps.now(), "table");
      if (!proposed.ok) return proposed;
      const snapshot = compileSnapshot(proposed.value.published);
      const told = requestId === undefined ? asked(call, snapshot) : await recorded(call, snapshot, requestId);
      if (!told.ok) return told;
      const { table } = proposed.value.published;
      const explanation = withReason(told.value.explanation, table);
      const body = { changes: proposed.value.changes, ...told.value, explanation };
      return ok({ status: 200, body: body satisfies ExplainReply });
    },
  }),
];

type Told = Omit<ExplainReply, "changes">;

/** A request as it would come. */
function asked(call: Call<unknown, ExplainRequest>, snapshot: Snapshot): Result<Told, Refusal> {
  const { bound = null, draw = DEFAULT_DRAW } = call.body;
  if (bound !== null && !snapshot.table.backends.has(bound)) return err({ kind: "absent", what: `backends/${bound}` });
  const now = call.deps.now();
  const view = makeView(snapshot, ejecting(new Set()), new Traffic());
  const facts = factsOf(call);
  const explanation = explain(view, { facts, bound, headerKey: null, now, plannedAt: now, draw });
  if (explanation.decision.kind === "no-service")
    return err({ kind: "absent", what: `a service that answers ${facts.hostname}${facts.path}`.slice(0, 400) });
  return ok({ explanation, recorded: null, agrees: null });
}

/** A request that has come, on the table as it is now. */
async function recorded(call: Call, snapshot: Snapshot, requestId: string): Promise<Result<Told, Refusal>> {
  const trace = await findTrace(call, requestId);
  if (!trace.ok) return trace;
  const before = trace.value.explanation;
  const again = repeat(snapshot, trace.value);
  if (!again) return ok({ explanation: before, recorded: before, agrees: true });
  return ok({ explanation: again, recorded: before, agrees: sameDecision(before.decision, again.decision) });
}

function factsOf({ body, deps, actor }: Call<unknown, ExplainRequest>): Facts {
  const { host = "", path: target = "/", method = "GET", clientIp = LOOPBACK, cf, headers: fields = {} } = body;
  const client = parseIp(clientIp) ?? { family: 4, text: LOOPBACK, word: 0x7f000001 };
  return {
    kind: "facts",
    requestId: actor.requestId,
    method,
    scheme: "https",
    host,
    hostname: hostnameOf(host),
    path: target.split("?", 1)[0] ?? "/",
    target,
    fields,
    client,
    clientKey: clientKey(client),
    place: readPlace(cf, client, deps.countryByIp),
  };
}
