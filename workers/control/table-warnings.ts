import { parseCidr } from "../../src/base/ip.ts";
import { type Change, pointer } from "../../src/table/change.ts";
import { type RateLimit, rateLimitSchema } from "../../src/table/rate-limit.ts";
import { type DryRun, dryRun, unrecordedParts } from "../../src/telemetry/dry-run.ts";
import { hazardOf } from "./ban-hazard.ts";
import { type RequestSample, readSample } from "./recorded-requests.ts";
import type { Call } from "./route.ts";
import type { TableWarning } from "./schema/table-warning.ts";

/** Recorded requests by which changed policies are judged. */
const SAMPLE_REQUESTS = 500;
/** Of the recorded clients: a limit that would meet more than these is a mistake more often than not. */
const MANY_LIMITED_PERCENT = 5;
/** More would not be read. */
const MAX_HAZARDS = 100;

/** What speaks against changes that nothing refuses. */
export async function warningsOf(call: Call, changes: readonly Change[]): Promise<TableWarning[]> {
  return [...hazardsIn(call, changes), ...(await policyWarnings(call, changes))];
}

/** Bans that `POST /blacklist` would not make without force. */
function hazardsIn(call: Call, changes: readonly Change[]): TableWarning[] {
  return changes
    .flatMap(({ section, id, after }): TableWarning[] => {
      const cidr = section === "blacklist" && after !== null ? parseCidr(id) : null;
      const hazard = cidr?.ok ? hazardOf(cidr.value, call.address) : null;
      if (hazard === null) return [];
      const path = pointer([section, id]);
      const detail = hazard.kind === "own-address" ? `${id} holds your own address` : `${id} is very wide`;
      return [{ code: hazard.kind, path, detail, counts: null }];
    })
    .slice(0, MAX_HAZARDS);
}

/** What the recorded traffic says against changed policies. That it cannot be read is a warning, and no refusal. */
async function policyWarnings(call: Call, changes: readonly Change[]): Promise<TableWarning[]> {
  const limits = changes.flatMap(({ section, id, after }) => {
    const read = section === "limits" && after !== null ? rateLimitSchema.safeParse(after) : null;
    return read?.success ? [{ id, limit: read.data }] : [];
  });
  if (limits.length === 0) return [];
  const sample = await readSample(call, { limit: SAMPLE_REQUESTS });
  if (!sample.ok) return limits.map(({ id }) => unchecked(id, "the recorded traffic cannot be read"));
  // Without traffic there is nothing to be missed.
  if (sample.value.colos.length === 0) return [];
  return limits.flatMap(({ id, limit }) => judge(id, limit, sample.value));
}

function judge(id: string, limit: RateLimit, { requests }: RequestSample): TableWarning[] {
  if (requests.length === 0) return [unchecked(id, "there was traffic in the last hour, and none of it was recorded")];
  const run = dryRun(limit, requests);
  const unrecorded = unrecordedParts(limit, requests);
  const counts = {
    requests: run.requests,
    matched: run.matched,
    clients: unrecorded.length > 0 ? null : run.keys,
    limited: unrecorded.length > 0 ? null : run.limitedKeys,
  };
  const path = pointer(["limits", id]);
  const matches = matchWarning(id, run);
  const limited = (run.limitedKeys / Math.max(1, run.keys)) * 100;
  const warnings: Pick<TableWarning, "code" | "detail">[] = [
    ...(matches === null ? [] : [matches]),
    ...(limited > MANY_LIMITED_PERCENT
      ? [
          {
            code: "limits-many" as const,
            detail: `limits/${id} would have limited ${run.limitedKeys} of ${run.keys} recorded clients (${limited.toFixed(0)} %; more than ${MANY_LIMITED_PERCENT} % is many)`,
          },
        ]
      : []),
    ...(unrecorded.length > 0 && run.matched > 0
      ? [
          {
            code: "unchecked" as const,
            detail: `whom limits/${id} would have limited is not known: ${unrecorded.map((part) => ("name" in part ? `${part.kind} ${part.name}` : part.kind)).join(", ")} is not recorded`,
          },
        ]
      : []),
  ];
  return warnings.map((warning) => ({ ...warning, path, counts }));
}

function matchWarning(id: string, { requests, matched }: DryRun): Pick<TableWarning, "code" | "detail"> | null {
  if (matched === 0)
    return { code: "matches-nothing", detail: `limits/${id} is for none of ${requests} recorded requests` };
  if (matched < requests) return null;
  return { code: "matches-everything", detail: `limits/${id} is for all of ${requests} recorded requests` };
}

const unchecked = (id: string, detail: string): TableWarning => ({
  code: "unchecked",
  path: pointer(["limits", id]),
  detail,
  counts: null,
});
