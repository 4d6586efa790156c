import { printRdata } from "../dns/rdata/presentation.ts";
import { A, AAAA, CNAME, typeName } from "../dns/record-type.ts";
import { continentOfCountry } from "../geo/countries.ts";
import { nowhere, type Place } from "../geo/place.ts";
import type { RegionEntry, Snapshot } from "../table/snapshot.ts";
import { contentsOf, type ReadSet } from "../table/zone-contents.ts";
import { zoneOf } from "../table/zone-of.ts";
import { Authority } from "./authority.ts";
import { agreement, delegation, type Finding, lifetime, type RegionalAnswer, startOfAuthority } from "./findings.ts";
import { queryOf } from "./question.ts";

export interface Validation {
  readonly domain: string;
  readonly zone: string | null;
  readonly epoch: number;
  readonly findings: readonly Finding[];
  readonly answers: readonly RegionalAnswer[];
}

const ADDRESS_TYPES = [A, AAAA, CNAME];
/** Any draw must do. */
const DRAW = 0.5;

/** Looks at a name from where each region stands, and holds what it is told against the table. */
export function validate(snapshot: Snapshot, domain: string, now: number): Validation {
  const { epoch, table } = snapshot;
  const id = zoneOf(table.zones, { owner: domain, type: "A" });
  const zone = id === null ? undefined : table.zones.get(id);
  const contents = id === null ? undefined : contentsOf(table).zones.get(id);
  if (id === null || !zone || !contents) {
    const detail = `no zone of the table holds ${domain}`;
    return { domain, zone: null, epoch, findings: [{ check: "zone", status: "failed", detail }], answers: [] };
  }
  const own = contents.sets.filter(({ set }) => set.owner === domain && ADDRESS_TYPES.includes(set.type));
  const server = new Authority(snapshot);
  const answers = own.flatMap((read) => snapshot.regions.map((region) => ask(server, region, read, now)));
  const findings: Finding[] = [
    { check: "zone", status: "ok", detail: `${domain} lies in the zone ${id}` },
    delegation(contents),
    startOfAuthority(zone, contents),
    ...(own.length === 0
      ? [{ check: "answers", status: "failed", detail: `${domain} has no address` } as const]
      : own.map((read) => agreement(snapshot, read, answers, now))),
    ...own.map((read) => lifetime(snapshot, read, answers)),
  ];
  return { domain, zone: id, epoch, findings, answers };
}

function ask(authority: Authority, { id, region }: RegionEntry, { set }: ReadSet, now: number): RegionalAnswer {
  const type = typeName(set.type);
  const question = { name: set.owner, type, subnet: null, dnssecOk: false, checkingDisabled: false };
  const query = queryOf(question);
  const { country, latitude, longitude } = region;
  const place: Place = { ...nowhere, country, continent: continentOfCountry(country), latitude, longitude };
  const nothing = { region: id, type, values: [], ttlSeconds: null, targets: [] };
  if (!query.ok) return nothing;
  const told = authority.answer(query.value, { place, prefix: 0 }, now, DRAW);
  const answer = told.response.answer.find((each) => each.type === set.type);
  if (!answer) return nothing;
  const values = answer.values.map((value) => printRdata(set.type, value));
  return { region: id, type, values, ttlSeconds: answer.ttl, targets: told.steered.flatMap(({ targets }) => targets) };
}
