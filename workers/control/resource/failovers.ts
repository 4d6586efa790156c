import type { FailbackRefusal, StartRefusal } from "../../../durable-objects/failover-coordinator/api.ts";
import { err, ok } from "../../../src/base/result.ts";
import { failoverPlanSchema } from "../../../src/failover/plan.ts";
import { selectionWords } from "../../../src/failover/selection-words.ts";
import { API_ROOT } from "../api-root.ts";
import { toFailover } from "../failover-reply.ts";
import { pageInOrder } from "../page.ts";
import { reach } from "../reach.ts";
import type { Refusal } from "../refusal.ts";
import { type Call, type Route, route } from "../route.ts";
import {
  failoverPlanRequestSchema,
  failoverRequestSchema,
  failoverSchema,
  type ValidationReply,
  validationRequestSchema,
  validationSchema,
} from "../schema/failover.ts";
import { MAX_PAGE, pageQuerySchema, pageSchema } from "../schema/page.ts";

export const failoverRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/failovers",
    permission: "failover:read",
    summary: "The failovers of regions, the newest first",
    query: pageQuerySchema,
    reply: pageSchema(failoverSchema),
    async handle(call) {
      const all = await ask(call, (coordinator) => coordinator.list(MAX_PAGE));
      if (!all.ok) return all;
      const page = pageInOrder(all.value, call.query);
      if (!page.ok) return page;
      const now = call.deps.now();
      const items = page.value.items.map((record) => toFailover(record, now));
      return ok({ status: 200, body: { ...page.value, items } });
    },
  }),
  route({
    method: "POST",
    path: "/failovers/plan",
    permission: "failover:plan",
    summary: "Where the traffic of a region would go, and how full that would make the others",
    body: failoverPlanRequestSchema,
    reply: failoverPlanSchema,
    refusals: ["absent", "no-failover-target"],
    async handle(call) {
      const { from, to } = call.body;
      const planned = await ask(call, (coordinator) => coordinator.plan(from, to ?? null));
      if (!planned.ok) return planned;
      return planned.value.ok ? ok({ status: 200, body: planned.value.value }) : err(refusalOf(planned.value.error));
    },
  }),
  route({
    method: "POST",
    path: "/failovers/validate",
    permission: "failover:plan",
    summary: "Whether nobody is sent to a region that is failed over, and its targets are well",
    description: "Of a region that others are failed over to, the failovers that lead there are validated.",
    body: validationRequestSchema,
    reply: validationSchema,
    async handle(call) {
      const { region } = call.body;
      const verified = await ask(call, (coordinator) => coordinator.verify(region));
      if (!verified.ok) return verified;
      const { failover, checks } = verified.value;
      const isOk = failover !== null && checks.every((check) => check.ok);
      const body: ValidationReply = { region, failover, ok: isOk, checks: [...checks] };
      return ok({ status: 200, body });
    },
  }),
  route({
    method: "GET",
    path: "/failovers/:id",
    permission: "failover:read",
    summary: "A failover, with its stages",
    reply: failoverSchema,
    refusals: ["absent"],
    async handle(call) {
      const id = call.param("id");
      const found = await ask(call, (coordinator) => coordinator.find(id));
      if (!found.ok) return found;
      if (found.value === null) return err({ kind: "absent", what: `failovers/${id}` });
      return ok({ status: 200, body: toFailover(found.value, call.deps.now()) });
    },
  }),
  route({
    method: "POST",
    path: "/failovers",
    permission: "failover:write",
    stepUp: true,
    located: true,
    summary: "Move the traffic of a region elsewhere",
    description:
      "Begins it; the failover itself says how far it is. Without `to` the best targets are chosen. A target that may not take the clients, or is not well, is always refused; one that would become too full, and clients that would be left with no region, unless `force` is set.",
    body: failoverRequestSchema,
    reply: failoverSchema,
    statuses: [201],
    refusals: ["absent", "no-failover-target", "failover-in-progress"],
    async handle(call) {
      const { from, to = null, reason, force } = call.body;
      const requestedBy = call.actor.principal;
      const begun = await ask(call, (coordinator) => coordinator.start({ from, to, reason, force, requestedBy }));
      if (!begun.ok) return begun;
      if (!begun.value.ok) return err(refusalOf(begun.value.error));
      const record = begun.value.value;
      const changes = [{ section: "failovers", id: record.id, before: null, after: { from, to, reason, force } }];
      const body = toFailover(record, call.deps.now());
      return ok({ status: 201, body, location: `${API_ROOT}/failovers/${record.id}`, changes });
    },
  }),
  route({
    method: "POST",
    path: "/failovers/:id/failback",
    permission: "failover:write",
    stepUp: true,
    summary: "Let a region have its traffic back, step by step, as soon as it is healthy",
    reply: failoverSchema,
    refusals: ["absent", "not-failed-over"],
    async handle(call) {
      const id = call.param("id");
      const allowed = await ask(call, (coordinator) => coordinator.failback(id));
      if (!allowed.ok) return allowed;
      if (!allowed.value.ok) return err(failbackRefusal(allowed.value.error, id));
      const changes = [{ section: "failovers", id, before: null, after: { failback: true } }];
      return ok({ status: 200, body: toFailover(allowed.value.value, call.deps.now()), changes });
    },
  }),
];

const ask = <T>(call: Call, what: (coordinator: Call["deps"]["failovers"]) => Promise<T>) =>
  reach(call, "failover coordinator", () => what(call.deps.failovers));

function refusalOf(refusal: StartRefusal): Refusal {
  switch (refusal.kind) {
    case "unknown-region":
      return { kind: "absent", what: `regions/${refusal.region}` };
    case "in-progress":
      return { kind: "failover-in-progress", id: refusal.id };
    case "capped":
      return {
        kind: "no-failover-target",
        detail: `${refusal.count} regions are failed over; at most ${refusal.most}`,
      };
    case "strands": {
      const part = `${(refusal.plan.stranded * 100).toFixed(1)} %`;
      return { kind: "no-failover-target", detail: `${part} of all traffic would have no region; force does it` };
    }
    case "no-capacity":
      return { kind: "no-failover-target", detail: `${selectionWords(refusal)}; force does it` };
    case "unfit-target":
    case "no-target":
      return { kind: "no-failover-target", detail: selectionWords(refusal) };
  }
}

function failbackRefusal(refusal: FailbackRefusal, id: string): Refusal {
  switch (refusal.kind) {
    case "unknown-failover":
      return { kind: "absent", what: `failovers/${id}` };
    case "not-failed-over":
      return { kind: "not-failed-over", status: refusal.status };
  }
}
