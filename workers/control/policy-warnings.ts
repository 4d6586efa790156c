import { lengthOf } from "../../src/shield/ban/words.ts";
import { type Change, pointer } from "../../src/table/change.ts";
import { entityName } from "../../src/table/entity-name.ts";
import { isOfAddress, type RateLimit, rateLimitSchema } from "../../src/table/rate-limit.ts";
import { type DryRun, dryRun, unrecordedParts } from "../../src/telemetry/dry-run.ts";
import type { RecordedRequest } from "../../src/telemetry/recorded-request.ts";
import type { TableWarning } from "./schema/table-warning.ts";

/** Of the recorded clients: a limit that would meet more than these is a mistake more often than not. */
const MANY_LIMITED_PERCENT = 5;

/** A burst of what a limit lets pass in more periods than these is the default that was left, more often than not. */
const MANY_PERIODS = 10;

const nameOf = (id: string): string => entityName("limits", id);

/** A rate limit that a change makes or alters. */
export interface AlteredLimit {
  readonly id: string;
  readonly limit: RateLimit;
}

export function limitsAlteredBy(changes: readonly Change[]): AlteredLimit[] {
  return changes.flatMap(({ section, id, after }) => {
    const read = section === "limits" && after !== null ? rateLimitSchema.safeParse(after) : null;
    return read?.success ? [{ id, limit: read.data }] : [];
  });
}

/** What the recorded traffic says against a limit. */
export function policyWarnings({ id, limit }: AlteredLimit, requests: readonly RecordedRequest[]): TableWarning[] {
  if (requests.length === 0) return [unchecked(id, "there was traffic in the last hour, and none of it was recorded")];
  const { services } = limit;
  if (services !== "all" && !requests.some(({ service }) => services.some((each) => each === service)))
    return [unchecked(id, `${nameOf(id)} is for services that none of ${requests.length} recorded requests was for`)];
  const run = dryRun(limit, requests);
  const unrecorded = unrecordedParts(limit, requests);
  const counts = {
    requests: run.requests,
    matched: run.matched,
    clients: unrecorded.length > 0 ? null : run.keys,
    limited: unrecorded.length > 0 ? null : run.limitedKeys,
  };
  const path = pointer(["limits", id]);
  const clients = isOfAddress(limit) ? "clients" : "keys";
  const limited = (run.limitedKeys / Math.max(1, run.keys)) * 100;
  const isMany = limited > MANY_LIMITED_PERCENT;
  const known =
    isMany || unrecorded.length > 0
      ? ""
      : `, and would have limited ${run.limitedKeys} of their ${run.keys} ${clients}`;
  const matches = matchWarning(id, run, known);
  const warnings: Pick<TableWarning, "code" | "detail">[] = [
    ...(matches === null ? [] : [matches]),
    ...(isMany
      ? [
          {
            code: "limits-many" as const,
            detail: `${nameOf(id)} would have limited ${run.limitedKeys} of ${run.keys} recorded ${clients} (${limited.toFixed(0)} %; more than ${MANY_LIMITED_PERCENT} % is many)`,
          },
        ]
      : []),
    ...(unrecorded.length > 0 && run.matched > 0
      ? [
          {
            code: "unchecked" as const,
            detail: `whom ${nameOf(id)} would have limited is not known: ${unrecorded.map((part) => ("name" in part ? `${part.kind} ${part.name}` : part.kind)).join(", ")} is not recorded`,
          },
        ]
      : []),
  ];
  return warnings.map((warning) => ({ ...warning, path, counts }));
}

/** What speaks against it whatever the traffic. */
export function settingWarnings({ id, limit }: AlteredLimit): TableWarning[] {
  const warn = (code: TableWarning["code"], field: string, detail: string): TableWarning => ({
    code,
    path: pointer(["limits", id, field]),
    detail: `${nameOf(id)} ${detail}`,
    counts: null,
  });
  const { rate, periodSeconds, burst, cost } = limit;
  const bansNobody = limit.banAfterSeconds !== null && !isOfAddress(limit);
  const fillsInSeconds = (burst / rate) * periodSeconds;
  return [
    ...(bansNobody
      ? [
          warn(
            "bans-nobody",
            "banAfterSeconds",
            "would ban nobody: banAfterSeconds is for limits whose key is the client's address alone",
          ),
        ]
      : []),
    ...(cost === 0 ? [warn("limits-nobody", "cost", "would limit nobody: cost is 0")] : []),
    ...(cost > 0 && burst > MANY_PERIODS * rate
      ? [
          warn(
            "large-burst",
            "burst",
            `lets ${Math.floor(burst / cost)} requests pass at once, as many as it does in ${lengthOf(fillsInSeconds)}: burst is ${burst}`,
          ),
        ]
      : []),
  ];
}

function matchWarning(
  id: string,
  { requests, matched }: DryRun,
  known: string,
): Pick<TableWarning, "code" | "detail"> | null {
  if (matched === 0)
    return { code: "matches-nothing", detail: `${nameOf(id)} is for none of ${requests} recorded requests` };
  if (matched < requests) return null;
  return { code: "matches-everything", detail: `${nameOf(id)} is for all of ${requests} recorded requests${known}` };
}

export const unchecked = (id: string, detail: string): TableWarning => ({
  code: "unchecked",
  path: pointer(["limits", id]),
  detail,
  counts: null,
});
