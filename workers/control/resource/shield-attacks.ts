import { err, ok, type Result } from "../../../src/base/result.ts";
import type { ServiceId } from "../../../src/table/service.ts";
import { pageOfShield } from "../page-of-shield.ts";
import { reach, readTable } from "../reach.ts";
import type { Refusal } from "../refusal.ts";
import { type Call, type Route, route } from "../route.ts";
import {
  alertQuerySchema,
  alertReplySchema,
  attackQuerySchema,
  attackReplySchema,
  attackSummarySchema,
} from "../schema/attack.ts";
import { pageSchema } from "../schema/page.ts";
import { toAttack, toAttackSummary } from "../shield-reply.ts";
import { toUnixMs } from "../since.ts";
import { toTime } from "../to-time.ts";

/** The mitigator gives no more at once; one is for knowing whether there are more. */
const MAX_ATTACKS = 199;
const MAX_ALERTS = 499;

export const attackRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/shield/attacks",
    permission: "shield:read",
    summary: "The attacks on services, the newest first",
    description: "A page may be shorter than its limit, or empty, though there are more.",
    query: attackQuerySchema,
    reply: pageSchema(attackSummarySchema),
    refusals: ["absent"],
    async handle(call) {
      const { service = null, state, ...paging } = call.query;
      const page = await pageOfShield(paging, MAX_ATTACKS, ({ limit, before }) =>
        ask(call, (mitigator) => mitigator.attacks({ limit, before, service, open: state === "open" })),
      );
      if (!page.ok) return page;
      if (service !== null && page.value.items.length === 0) {
        const known = await isKnown(call, service);
        if (!known.ok) return known;
        if (!known.value) return err({ kind: "absent", what: `services/${service}` });
      }
      const wanted = page.value.items.filter((attack) => state !== "ended" || attack.state === "over");
      return ok({ status: 200, body: { ...page.value, items: wanted.map(toAttackSummary) } });
    },
  }),
  route({
    method: "GET",
    path: "/shield/attacks/:id",
    permission: "shield:read",
    summary: "An attack, with what was seen, decided and done, in the order of time",
    reply: attackReplySchema,
    refusals: ["absent"],
    async handle(call) {
      const id = call.param("id");
      const found = await ask(call, (mitigator) => mitigator.attack(id));
      if (!found.ok) return found;
      if (found.value === null) return err({ kind: "absent", what: `shield/attacks/${id}`.slice(0, 200) });
      return ok({ status: 200, body: toAttack(found.value) });
    },
  }),
  route({
    method: "GET",
    path: "/shield/alerts",
    permission: "shield:read",
    summary: "Alerts of attacks and bans, which are kept and logged, the newest first",
    query: alertQuerySchema,
    reply: pageSchema(alertReplySchema),
    async handle(call) {
      const { since, ...paging } = call.query;
      const from = since === undefined ? Number.NEGATIVE_INFINITY : toUnixMs(since, call.deps.now());
      const page = await pageOfShield(paging, MAX_ALERTS, ({ limit, before }) =>
        ask(call, (mitigator) => mitigator.alerts(limit, before)),
      );
      if (!page.ok) return page;
      const wanted = page.value.items.filter(({ at }) => at >= from);
      const items = wanted.map((alert) => ({ ...alert, at: toTime(alert.at) }));
      // What follows the first that is too old is older still.
      const isLast = wanted.length < page.value.items.length;
      return ok({ status: 200, body: isLast ? { items } : { ...page.value, items } });
    },
  }),
];

/** Whether the table or any attack has a service. Of one that is gone, the attacks are told that there were. */
async function isKnown(call: Call, service: ServiceId): Promise<Result<boolean, Refusal>> {
  const published = await readTable(call);
  // What is not known to be gone is there.
  if (!published.ok || published.value.table.services.has(service)) return ok(true);
  const attacks = await ask(call, (mitigator) => mitigator.attacks({ limit: 1, before: null, service, open: false }));
  return attacks.ok ? ok(attacks.value.length > 0) : attacks;
}

const ask = <T>(call: Call, what: (mitigator: Call["deps"]["mitigator"]) => Promise<T>) =>
  reach(call, "mitigator", () => what(call.deps.mitigator));
