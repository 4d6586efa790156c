import type { Change } from "../../src/table/change.ts";
import { banWarnings } from "./ban-warnings.ts";
import { botWarnings } from "./bot-warnings.ts";
import { challengeWarnings, mitigationWarnings, type Redefended, redefendedBy } from "./mitigation-warnings.ts";
import { type AlteredLimit, limitsAlteredBy, policyWarnings, settingWarnings, unchecked } from "./policy-warnings.ts";
import { readTable } from "./reach.ts";
import { readSample } from "./recorded-requests.ts";
import type { Call } from "./route.ts";
import type { TableWarning } from "./schema/table-warning.ts";

/** Recorded requests by which changes are judged. */
const SAMPLE_REQUESTS = 500;

/** What speaks against changes that nothing refuses. */
export async function warningsOf(call: Call, changes: readonly Change[]): Promise<TableWarning[]> {
  const redefended = redefendedBy(changes);
  return [
    ...(await banWarnings(call, changes)),
    ...(await botWarnings(call, changes)),
    ...redefended.flatMap((each) => challengeWarnings(each, call.deps.canVerifyTurnstile)),
    ...(await trafficWarnings(call, limitsAlteredBy(changes), redefended)),
  ];
}

/** What the recorded traffic says against them. That it cannot be read is a warning, and no refusal. */
async function trafficWarnings(
  call: Call,
  limits: readonly AlteredLimit[],
  redefended: readonly Redefended[],
): Promise<TableWarning[]> {
  if (limits.length === 0 && redefended.length === 0) return [];
  const sample = await readSample(call, { limit: SAMPLE_REQUESTS });
  const published = redefended.length === 0 ? null : await readTable(call);
  const requests = sample.ok ? sample.value.requests : [];
  return [
    ...limits.flatMap(settingWarnings),
    ...limits.flatMap((limit) => {
      if (!sample.ok) return [unchecked(limit.id, "the recorded traffic cannot be read")];
      // Without traffic there is nothing to be missed.
      return sample.value.colos.length === 0 ? [] : policyWarnings(limit, requests);
    }),
    ...(published?.ok ? redefended.flatMap((each) => mitigationWarnings(each, published.value, requests)) : []),
  ];
}
