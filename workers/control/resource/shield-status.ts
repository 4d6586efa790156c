import type { ServiceStatus } from "../../../durable-objects/anomaly-detector/api.ts";
import type { MitigatorStatus } from "../../../durable-objects/mitigator/api.ts";
import { ok } from "../../../src/base/result.ts";
import { isInForce } from "../../../src/table/address-rule.ts";
import { isSilent } from "../../../src/table/rate-limit.ts";
import type { PublishedTable } from "../../../src/table/table.ts";
import { reach, readTable } from "../reach.ts";
import { type Route, route } from "../route.ts";
import { type ShieldStatusReply, shieldStatusSchema } from "../schema/mitigation.ts";
import { toAttackSummary } from "../shield-reply.ts";
import { strictestOf } from "../strictest.ts";
import { mitigationOf } from "./shield-mitigation.ts";

export const shieldStatusRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/shield/status",
    permission: "shield:read",
    summary: "How the shield stands: levels, open attacks, bans, and what waits for people",
    reply: shieldStatusSchema,
    async handle(call) {
      const published = await readTable(call);
      if (!published.ok) return published;
      // What the table says holds whether or not the others answer.
      const [mitigator, detector] = await Promise.all([
        reach(call, "mitigator", () => call.deps.mitigator.status()),
        reach(call, "anomaly detector", () => call.deps.detector.status()),
      ]);
      const own = toStatus(published.value, mitigator.ok ? mitigator.value : null, call.deps.now());
      const body: ShieldStatusReply = {
        ...own,
        detector: detector.ok ? detector.value.services.map(toReading) : null,
        // One of the version before, while a deployment rolls out, does not tell.
        refused: (detector.ok ? detector.value.refused : null) ?? null,
        limits:
          (detector.ok ? detector.value.limits : null)?.map(({ limit, ...counts }) => ({ policy: limit, ...counts })) ??
          null,
      };
      return ok({ status: 200, body });
    },
  }),
];

type DetectorReading = NonNullable<ShieldStatusReply["detector"]>[number];

function toReading({ service, series: [total] }: ServiceStatus): DetectorReading {
  return {
    service,
    mayAct: total?.mayAct ?? false,
    observedSeconds: total?.age ?? 0,
    actual: total?.rate ?? 0,
    expected: total?.expected ?? null,
    sigmas: total?.sigmas ?? 0,
  };
}

function toStatus(
  published: PublishedTable,
  status: MitigatorStatus | null,
  now: number,
): Omit<ShieldStatusReply, "detector" | "refused" | "limits"> {
  const { services, limits, blacklist } = published.table;
  const attacked = new Set(status?.attacks.map(({ service }) => service));
  const all = [...services].map(([id, service]) => mitigationOf(published, id, service));
  const concerned = all.filter(
    ({ service, level, automatic }) => level !== "observe" || automatic !== null || attacked.has(service),
  );
  const logging = [...limits.values()].filter(isSilent).length;
  const rules = [...blacklist.values()].filter((rule) => isInForce(rule, now));
  const ofShield = rules.filter(({ ban }) => ban !== undefined).length;
  return {
    services: concerned.map((each) => {
      const { service, mode, most, level, automatic } = each;
      const behind = status?.attacks.find(({ id }) => id === automatic?.attack);
      return { service, mode, most, level, automatic, strictest: strictestOf(each, behind?.signatures ?? []) };
    }),
    observed: all.length - concerned.length,
    policies: { enforced: limits.size - logging, logging },
    mitigator: status && {
      attacks: status.attacks.map(toAttackSummary),
      bans: status.bans,
      proposals: status.proposals,
      goodClients: status.goodClients,
      waiting: status.waiting,
    },
    blacklist: { shield: ofShield, people: rules.length - ofShield },
  };
}
