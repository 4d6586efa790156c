import { err, ok, type Result } from "../../../src/base/result.ts";
import { entityName } from "../../../src/table/entity-name.ts";
import type { RateLimit } from "../../../src/table/rate-limit.ts";
import { type DryRun, dryRun, unrecordedParts } from "../../../src/telemetry/dry-run.ts";
import { readTable } from "../reach.ts";
import { type RequestSample, readSample } from "../recorded-requests.ts";
import type { Refusal } from "../refusal.ts";
import { type Call, type Route, route } from "../route.ts";
import { type DryRunReply, dryRunRequestSchema, dryRunSchema } from "../schema/dry-run.ts";
import { toTime } from "../to-time.ts";

export const dryRunRoutes: readonly Route[] = [
  route({
    method: "POST",
    path: "/shield/policies/dry-run",
    permission: "shield:read",
    summary: "Whom a rate limit would have limited of the requests that were recorded",
    description:
      "It rests on requests that were traced by chance; each spends the tokens of all those that it stands for. Requests that failed or were refused are left out.",
    body: dryRunRequestSchema,
    reply: dryRunSchema,
    refusals: ["absent"],
    async handle(call) {
      const { policy, id, colo, limit } = call.body;
      const tried = policy === undefined ? await policyOf(call, id ?? "") : ok(withoutId(policy));
      if (!tried.ok) return tried;
      const sample = await readSample(call, { colo, limit });
      if (!sample.ok) return sample;
      return ok({ status: 200, body: toReply(tried.value, sample.value, colo) });
    },
  }),
];

const withoutId = ({ id: _, ...policy }: RateLimit & { readonly id?: string | undefined }): RateLimit => policy;

async function policyOf(call: Call, id: string): Promise<Result<RateLimit, Refusal>> {
  const published = await readTable(call);
  if (!published.ok) return published;
  const policy = published.value.table.limits.get(id);
  return policy ? ok(policy) : err({ kind: "absent", what: entityName("limits", id) });
}

function toReply(policy: RateLimit, sample: RequestSample, colo: string | undefined): DryRunReply {
  const { epoch, requests, tracePercent, colos, omittedColos } = sample;
  const { items, requests: seen, ...counts } = dryRun(policy, requests);
  const [first, last] = [requests[0], requests.at(-1)];
  return {
    epoch,
    policy,
    sample: {
      requests: seen,
      from: first ? toTime(first.at) : null,
      to: last ? toTime(last.at) : null,
      tracePercent: Object.fromEntries(tracePercent),
      colos: [...colos],
      omittedColos,
    },
    ...counts,
    items: items.map(({ firstAt, worst, ...item }) => ({
      ...item,
      firstAt: toTime(firstAt),
      worst: { ...worst, at: toTime(worst.at) },
    })),
    notes: notesOf(policy, sample, colo, counts),
  };
}

function notesOf(
  policy: RateLimit,
  sample: RequestSample,
  colo: string | undefined,
  { unkeyed }: Pick<DryRun, "unkeyed">,
): string[] {
  const { requests, tracePercent, omittedColos } = sample;
  if (requests.length === 0) {
    const where = colo === undefined ? "" : ` at ${colo}`;
    return [`no request was recorded${where} in the last hour: this says nothing of the policy`];
  }
  const parts = [...tracePercent].filter(([, percent]) => percent < 100);
  const unrecorded = unrecordedParts(policy, requests).map((part) => ("name" in part ? part.name : part.kind));
  return [
    ...(parts.length === 0
      ? []
      : [
          `of the requests of ${parts.map(([id, percent]) => `${id} ${percent} %`).join(", ")} are recorded: each spends the tokens of those behind it, and bursts between two of them are not seen`,
        ]),
    ...(unkeyed === 0
      ? []
      : [
          `${unkeyed} requests match and have no key here${unrecorded.length === 0 ? "" : `: ${unrecorded.join(", ")} is not recorded`}`,
        ]),
    ...(omittedColos === 0 ? [] : [`${omittedColos} colos with less traffic were not asked`]),
  ];
}
