import { ok, type Result } from "../../../src/base/result.ts";
import type { Name } from "../../../src/dns/name.ts";
import type { Rrset } from "../../../src/dns/response.ts";
import { nowhere } from "../../../src/geo/place.ts";
import { answerJson } from "../../../src/geodns/answer-json.ts";
import { Authority } from "../../../src/geodns/authority.ts";
import { dnsClient } from "../../../src/geodns/client.ts";
import { queryOf } from "../../../src/geodns/question.ts";
import { compareServed, questionsOf } from "../../../src/geodns/served.ts";
import { validate, zoneHolding } from "../../../src/geodns/validate.ts";
import { compileSnapshot, type Snapshot } from "../../../src/table/snapshot.ts";
import { withoutAddresses } from "../../../src/table/table.ts";
import { askDnsPlane } from "../dns-plane.ts";
import { dnssecFinding, parentFindings, servedChainFindings } from "../dnssec-finding.ts";
import { invalid } from "../field-errors.ts";
import { readHealth } from "../reach.ts";
import type { Refusal } from "../refusal.ts";
import { askOutside } from "../resolver.ts";
import { type Call, type Route, route } from "../route.ts";
import { dnsQueryReplySchema, dnsQuerySchema, dnsValidateSchema, dnsValidationSchema } from "../schema/dns.ts";

/** Of those who share the traffic, the one in the middle: asked again, the answer is the same. */
const DRAW = 0.5;

/** What the DNS says, by the newest table. */
export const dnsAnswerRoutes: readonly Route[] = [
  route({
    method: "GET",
    path: "/dns/query",
    permission: "dns:read",
    summary: "What a client is told, and by which target of a policy",
    query: dnsQuerySchema,
    reply: dnsQueryReplySchema,
    async handle(call) {
      const { name, type, subnet = null } = call.query;
      const query = queryOf({ name, type, subnet, dnssecOk: false, checkingDisabled: false });
      if (!query.ok) return invalid([toField(query.error)]);
      const snapshot = await readSnapshot(call);
      if (!snapshot.ok) return snapshot;
      const client = dnsClient(query.value.edns?.subnet ?? null, nowhere, call.deps.countryByIp);
      const told = new Authority(snapshot.value).answer(query.value, client, call.deps.now(), DRAW);
      const body = { epoch: snapshot.value.epoch, answer: answerJson(told.response), steered: told.steered };
      return ok({ status: 200, body });
    },
  }),
  route({
    method: "POST",
    path: "/dns/validate",
    permission: "dns:read",
    summary: "Whether a name is told well from where each region stands, and its zone found from outside",
    description: "The delegation is checked where the deployment names a resolver, in DNS_RESOLVER.",
    body: dnsValidateSchema,
    reply: dnsValidationSchema,
    async handle(call) {
      const snapshot = await readSnapshot(call);
      if (!snapshot.ok) return snapshot;
      const now = call.deps.now();
      // The names of zones in the table are canonical.
      const zone = zoneHolding(snapshot.value, call.body.domain) as Name | null;
      const outside = zone === null ? ({ kind: "unasked" } as const) : await askOutside(call, zone);
      const validation = validate(snapshot.value, call.body.domain, outside, now);
      if (zone === null) return ok({ status: 200, body: validation });
      const asked = questionsOf(snapshot.value, validation);
      const served = await Promise.all(asked.map((each) => askDnsPlane(call, { ...each, dnssecOk: false })));
      const findings = [
        ...validation.findings,
        compareServed(snapshot.value, asked, served, now),
        await dnssecFinding(call, zone, toldSets(snapshot.value, zone, call.body.domain, now)),
        ...(await servedChainFindings(call, zone, call.body.domain)),
        ...(await parentFindings(call, zone, outside)),
      ];
      return ok({ status: 200, body: { ...validation, findings } });
    },
  }),
];

/** The addresses that are blocked are none of the DNS's business, and may be many. */
async function readSnapshot(call: Call): Promise<Result<Snapshot, Refusal>> {
  const published = await readHealth(call);
  if (!published.ok) return published;
  const table = withoutAddresses(published.value.table);
  return ok(compileSnapshot({ ...published.value, table }));
}

/** What a validator would check of a name: its addresses, and the start of authority that comes with all denials. */
function toldSets(snapshot: Snapshot, zone: Name, domain: string, now: number): readonly Rrset[] {
  const authority = new Authority(snapshot);
  const asked = [
    [zone, "SOA"],
    [domain, "A"],
    [domain, "AAAA"],
  ] as const;
  return asked.flatMap(([name, type]) => {
    const query = queryOf({ name, type, subnet: null, dnssecOk: true, checkingDisabled: false });
    if (!query.ok) return [];
    const { response } = authority.answer(query.value, { place: nowhere, prefix: 0 }, now, DRAW);
    return response.answer.filter((set) => set.zone === zone);
  });
}

/** The error begins with the parameter that is wrong. */
function toField(error: string) {
  const colon = error.indexOf(": ");
  return { path: `?${error.slice(0, colon)}`, detail: error.slice(colon + 2) };
}
