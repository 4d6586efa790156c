import { counted } from "../../src/base/counted.ts";
import { allot, perClientByHand } from "../../src/shield/defence/allotment.ts";
import { type Change, pointer } from "../../src/table/change.ts";
import { isMilder } from "../../src/table/defence.ts";
import { sameJson } from "../../src/table/merge-patch.ts";
import { rateLimitSchema } from "../../src/table/rate-limit.ts";
import type { Service } from "../../src/table/service.ts";
import type { PublishedTable, Table } from "../../src/table/table.ts";
import { dryRun } from "../../src/telemetry/dry-run.ts";
import type { RecordedRequest } from "../../src/telemetry/recorded-request.ts";
import { levelInForce } from "./level-in-force.ts";
import type { TableWarning } from "./schema/table-warning.ts";

type Finding = Pick<TableWarning, "code" | "detail" | "counts">;

/** A service about whose attacks something else is to be done. */
export interface Redefended {
  readonly id: string;
  /** `null` where it is new. */
  readonly before: Service | null;
  readonly after: Service;
}

export function redefendedBy(changes: readonly Change[]): Redefended[] {
  return changes.flatMap(({ section, id, before, after }) => {
    if (section !== "services" || after === null) return [];
    const change = { id, before: before as Service | null, after: after as Service };
    return sameJson(change.before?.mitigation, change.after.mitigation) ? [] : [change];
  });
}

/** What speaks against it whatever the traffic. */
export function challengeWarnings({ id, after }: Redefended, canVerifyTurnstile: boolean): TableWarning[] {
  if (after.mitigation.challenge.kind !== "turnstile" || canVerifyTurnstile) return [];
  const detail = `services/${id} would challenge by the puzzle: there is no TURNSTILE_SECRET to verify Turnstile by`;
  const path = pointer(["services", id, "mitigation", "challenge"]);
  return [{ code: "turnstile-unverifiable", path, detail, counts: null }];
}

/** What speaks against it: whom a level by hand would meet, and an attack that would be met by less than it is. */
export function mitigationWarnings(
  { id, before, after }: Redefended,
  { table, defences }: PublishedTable,
  recorded: readonly RecordedRequest[],
): TableWarning[] {
  const path = pointer(["services", id, "mitigation"]);
  const defence = defences.get(id) ?? null;
  const is = before === null ? "observe" : levelInForce(before.mitigation, defence);
  const willBe = levelInForce(after.mitigation, defence);
  // A level by hand looks at no signature.
  const isBlunted = before?.mitigation.mode === "auto" && after.mitigation.mode === "limit" && is === "limit";
  const findings: Finding[] = [
    ...(after.mitigation.mode === "auto" ? [] : warningsByHand(id, after.mitigation.mode, table, recorded)),
    ...(defence !== null && isBlunted
      ? [
          {
            code: "lets-attack-through" as const,
            detail: `services/${id} is under attack ${defence.attack}, of which what is like it is limited together, and would be by client alone: many clients get through`,
            counts: null,
          },
        ]
      : []),
    ...(defence !== null && isMilder(willBe, is)
      ? [
          {
            code: "lets-attack-through" as const,
            detail: `services/${id} is under attack ${defence.attack}, which is met by ${is}, and would be by ${willBe}`,
            counts: null,
          },
        ]
      : []),
  ];
  return findings.map((finding) => ({ ...finding, path }));
}

function warningsByHand(
  id: string,
  level: Exclude<Service["mitigation"]["mode"], "auto">,
  table: Table,
  recorded: readonly RecordedRequest[],
): Finding[] {
  const own = recorded.filter(({ service }) => service === id);
  const clients = new Set(own.map(({ clientKey }) => clientKey)).size;
  const seen =
    own.length === 0
      ? "of its requests none was recorded"
      : `${counted(own.length, "recorded request")} of ${counted(clients, "client")}`;
  const counts = { requests: recorded.length, matched: own.length, clients, limited: clients };
  switch (level) {
    case "observe":
      return [];
    case "limit":
      return limitByHand(id, table, recorded);
    case "challenge":
      return [
        {
          code: "challenges-everybody",
          detail: `services/${id} would challenge everybody (${seen}): browsers have to meet it first, programs get 429`,
          counts,
        },
      ];
    case "block":
      return [
        {
          code: "refuses-everybody",
          detail: `services/${id} would refuse everybody but the allowlist (${seen})`,
          counts,
        },
      ];
  }
}

function limitByHand(id: string, table: Table, recorded: readonly RecordedRequest[]): Finding[] {
  const limits = [...table.limits].map(([name, limit]) => ({ id: name, limit }));
  const perSecond = perClientByHand(
    limits.filter(({ limit: { services } }) => services === "all" || services.some((named) => named === id)),
  );
  const { rate, periodSeconds, burst } = allot(id, perSecond);
  const limit = rateLimitSchema.parse({ services: [id], rate, periodSeconds, burst });
  const run = dryRun(limit, recorded);
  const counts = { requests: run.requests, matched: run.matched, clients: run.keys, limited: run.limitedKeys };
  const held = `services/${id} would hold each client to ${Number(perSecond.toPrecision(3))} req/s`;
  if (run.limitedKeys === 0) {
    const met =
      run.matched === 0
        ? "of its requests none was recorded"
        : `would have met 0 of ${counted(run.matched, "recorded request")}`;
    const detail = `${held}, and ${met}`;
    return [{ code: "limits-nobody", detail, counts }];
  }
  const percent = ((run.limitedKeys / run.keys) * 100).toFixed(0);
  return [
    {
      code: "limits-many",
      detail: `${held}, and would have limited ${run.limitedKeys} of ${counted(run.keys, "recorded client")} (${percent} %)`,
      counts,
    },
  ];
}
