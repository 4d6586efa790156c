import { ok } from "../../../src/base/result.ts";
import type { Incident } from "../../../src/failover/incident.ts";
import { readSpan } from "../page.ts";
import { reach } from "../reach.ts";
import { type Route, route } from "../route.ts";
import { type IncidentReply, incidentQuerySchema, incidentReplySchema } from "../schema/incident.ts";
import { pageSchema } from "../schema/page.ts";
import { toTime } from "../to-time.ts";

export const incidentRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/incidents",
    permission: "health:read",
    summary: "The failures of regions, the newest first",
    description: "A region that fails opens one; it is closed when the region is active again, or taken out by people.",
    query: incidentQuerySchema,
    reply: pageSchema(incidentReplySchema),
    async handle(call) {
      const { region = null, state, ...paging } = call.query;
      const page = await readSpan(paging, ({ limit, after }) =>
        reach(call, "record of incidents", () =>
          call.deps.incidents({ limit, before: after, region, open: state === "open" }),
        ),
      );
      return page.ok ? ok({ status: 200, body: { ...page.value, items: page.value.items.map(toReply) } }) : page;
    },
  }),
];

function toReply({ openedAt, closedAt, cause, actions, ...incident }: Incident): IncidentReply {
  return {
    ...incident,
    openedAt: toTime(openedAt),
    cause: { ...cause, since: toTime(cause.since) },
    actions: actions.map(({ at, what }) => ({ at: toTime(at), what })),
    closedAt: closedAt === null ? null : toTime(closedAt),
  };
}
