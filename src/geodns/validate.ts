import { printRdata } from "../dns/rdata/presentation.ts";
import { A, AAAA, typeName } from "../dns/record-type.ts";
import { continentOfCountry } from "../geo/countries.ts";
import { nowhere, type Place } from "../geo/place.ts";
import type { Region } from "../table/region.ts";
import type { RegionEntry, Snapshot } from "../table/snapshot.ts";
import { contentsOf } from "../table/zone-contents.ts";
import { zoneOf } from "../table/zone-of.ts";
import { Authority } from "./authority.ts";
import { delegation, type Outside, serialOutside } from "./delegation.ts";
import { agreement, type Finding, lifetime, type RegionalAnswer, type Seen, startOfAuthority } from "./findings.ts";
import { queryOf } from "./question.ts";

export interface Validation {
  readonly domain: string;
  readonly zone: string | null;
  readonly epoch: number;
  readonly findings: readonly Finding[];
  readonly answers: readonly RegionalAnswer[];
}

const ADDRESS_TYPES = [A, AAAA].map(typeName);
/** Any draw must do. */
const DRAW = 0.5;

/** The zone of the table that holds a name, by its id. */
export const zoneHolding = ({ table }: Snapshot, domain: string): string | null =>
  zoneOf(table.zones, { owner: domain, type: "A" });

/**
 * Looks at a name from where each region stands, and holds what it is told against the table; its zone also against what
 * is seen of it outside.
 */
export function validate(snapshot: Snapshot, domain: string, outside: Outside, now: number): Validation {
  const { epoch, table } = snapshot;
  const id = zoneHolding(snapshot, domain);
  const zone = id === null ? undefined : table.zones.get(id);
  const contents = id === null ? undefined : contentsOf(table).zones.get(id);
  if (id === null || !zone || !contents) {
    const detail = `no zone of the table holds ${domain}`;
    return { domain, zone: null, epoch, findings: [{ check: "zone", status: "failed", detail }], answers: [] };
  }
  const server = new Authority(snapshot);
  const seen = ADDRESS_TYPES.map((type) => snapshot.regions.map((region) => ask(server, region, domain, type, now)));
  // A name with addresses of one family alone has all that it needs.
  const own = seen.filter((answers) =>
    answers.some(({ answer, steered }) => answer.ttlSeconds !== null || steered.length > 0),
  );
  const findings: Finding[] = [
    { check: "zone", status: "ok", detail: `${domain} lies in the zone ${id}` },
    delegation(contents, outside),
    startOfAuthority(zone, contents),
    ...serialOutside(zone, outside),
    ...(own.length === 0
      ? [{ check: "answers", status: "failed", detail: `${domain} has no address` } as const]
      : own.map((answers) => agreement(snapshot, answers, now))),
    ...own.map((answers) => lifetime(snapshot, answers)),
  ];
  return { domain, zone: id, epoch, findings, answers: own.flatMap((answers) => answers.map(({ answer }) => answer)) };
}

/** Where a client is that stands where a region does. */
export function placeIn({ country, latitude, longitude }: Region): Place {
  return { ...nowhere, country, continent: continentOfCountry(country), latitude, longitude };
}

/** What counts is what the names on the way lead to, which may be the name of somebody else. */
function ask(authority: Authority, { id, region }: RegionEntry, name: string, type: string, now: number): Seen {
  const nothing = { region: id, type, values: [], ttlSeconds: null, targets: [] };
  const query = queryOf({ name, type, subnet: null, dnssecOk: false, checkingDisabled: false });
  const place = placeIn(region);
  if (!query.ok) return { answer: nothing, place, steered: [] };
  const { response, steered } = authority.answer(query.value, { place, prefix: 0 }, now, DRAW);
  const last = response.denial === null ? response.answer.at(-1) : undefined;
  if (!last) return { answer: nothing, place, steered };
  const values = last.values.map((value) => printRdata(last.type, value));
  const targets = steered.flatMap((each) => each.targets);
  return { answer: { region: id, type, values, ttlSeconds: last.ttl, targets }, place, steered };
}
