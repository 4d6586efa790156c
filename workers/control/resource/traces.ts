import { ok } from "../../../src/base/result.ts";
import { compileSnapshot } from "../../../src/table/snapshot.ts";
import { explanationSchema } from "../../../src/telemetry/explanation.ts";
import { replay } from "../../../src/telemetry/replay.ts";
import { withReason } from "../blocking-reason.ts";
import { propose } from "../proposal.ts";
import { readTable } from "../reach.ts";
import { findTrace, recentTraces } from "../recorded.ts";
import { type Route, route } from "../route.ts";
import {
  type ReplayReply,
  replayReplySchema,
  replayRequestSchema,
  type TracesReply,
  tracesQuerySchema,
  tracesReplySchema,
} from "../schema/explanation.ts";

export const traceRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/routes/traces",
    permission: "routes:read",
    summary: "The newest requests that were traced",
    query: tracesQuerySchema,
    reply: tracesReplySchema,
    async handle(call) {
      const { limit } = call.query;
      // One more, to know whether there are more.
      const recent = await recentTraces(call, { ...call.query, limit: limit + 1 });
      if (!recent.ok) return recent;
      const { traces, omitted, colos, omittedColos } = recent.value;
      const items = traces.slice(0, limit).map(({ explanation }) => explanation);
      const body: TracesReply = { items, isCut: traces.length > limit, omitted, colos: [...colos], omittedColos };
      return ok({ status: 200, body });
    },
  }),
  route({
    method: "GET",
    path: "/routes/traces/:requestId",
    permission: "routes:read",
    summary: "Why a request went where it did",
    reply: explanationSchema,
    refusals: ["bad-request-id", "untraced", "trace-expired"],
    async handle(call) {
      const trace = await findTrace(call, call.param("requestId"));
      if (!trace.ok) return trace;
      const published = await readTable(call);
      if (!published.ok) return published;
      return ok({ status: 200, body: withReason(trace.value.explanation, published.value.table) });
    },
  }),
  route({
    method: "POST",
    path: "/routes/replay",
    permission: "routes:read",
    summary: "What a change would have done to the requests that were traced",
    body: replayRequestSchema,
    reply: replayReplySchema,
    refusals: ["absent", "objections"],
    async handle(call) {
      const { colo, limit, ...proposal } = call.body;
      const published = await readTable(call);
      if (!published.ok) return published;
      const proposed = propose(published.value, proposal, call.deps.now());
      if (!proposed.ok) return proposed;
      const recent = await recentTraces(call, { colo, limit });
      if (!recent.ok) return recent;
      const [before, after] = [compileSnapshot(published.value), compileSnapshot(proposed.value.published)];
      const { moves, items, ...counts } = replay(before, after, recent.value.traces);
      const body = {
        epoch: published.value.epoch,
        tableChanges: proposed.value.changes,
        ...counts,
        moves: [...moves],
        items: [...items],
        colos: [...recent.value.colos],
        omittedColos: recent.value.omittedColos,
      };
      return ok({ status: 200, body: body satisfies ReplayReply });
    },
  }),
];
