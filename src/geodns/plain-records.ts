import { canonicalValue } from "../dns/sync/canonical-value.ts";
import type { PlainRecord } from "../dns/sync/record.ts";
import { type RecordSet, recordKeyOf } from "../table/record-set.ts";
import type { Steering } from "../table/steering.ts";
import type { Zone } from "../table/zone.ts";

/** What a provider's plain zone can hold of a zone here. */
export interface PlainZone {
  readonly records: readonly PlainRecord[];
  /** Record sets that are not there as they are here, and how. */
  readonly notes: readonly { readonly id: string; readonly detail: string }[];
}

/** What a provider's zone takes. */
export interface ProviderLimits {
  readonly types: ReadonlySet<string>;
  readonly minTtlSeconds: number;
  readonly maxTtlSeconds: number;
}

/**
 * A zone as one that answers everybody alike can have it. Of a steered record set it has the static answer; its name
 * servers at the apex are the provider's own; an ALIAS is a CNAME, which such providers follow at the apex.
 */
export function plainZone(
  zoneId: string,
  zone: Pick<Zone, "ttlSeconds">,
  sets: ReadonlyMap<string, RecordSet>,
  limits: ProviderLimits,
): PlainZone {
  const records: PlainRecord[] = [];
  const notes: { id: string; detail: string }[] = [];
  for (const [id, set] of sets) {
    const { owner: name, type: ownType } = recordKeyOf(id);
    const type = ownType === "ALIAS" ? "CNAME" : ownType;
    if (name === zoneId && type === "NS") continue;
    if (!limits.types.has(type)) {
      notes.push({ id, detail: `${type} is left out: the provider has no such records` });
      continue;
    }
    const { values, detail } = staticAnswer(set, type);
    if (detail !== null) notes.push({ id, detail });
    const asked = set.ttlSeconds ?? zone.ttlSeconds;
    const ttlSeconds = Math.min(limits.maxTtlSeconds, Math.max(limits.minTtlSeconds, asked));
    if (ttlSeconds !== asked) notes.push({ id, detail: `its TTL is ${ttlSeconds} s there, not ${asked} s` });
    const distinct = new Set(values.map((value) => canonicalValue(type, value)));
    for (const value of distinct) records.push({ name, type, ttlSeconds, value });
  }
  return { records, notes };
}

interface StaticAnswer {
  readonly values: readonly string[];
  readonly detail: string | null;
}

/**
 * The default of geolocation, the first of failover, the heaviest of weighted. Nothing else has a first choice, and all
 * targets are given, so that clients spread; where there can be one record only, it is the first region's by name.
 */
function staticAnswer({ values, policy }: RecordSet, type: string): StaticAnswer {
  if (policy === null) return { values: values ?? [], detail: null };
  const say = (what: string, chosen: readonly string[]) => ({ values: chosen, detail: `${policy.kind}: ${what}` });
  switch (policy.kind) {
    case "geolocation":
      return say("everybody gets the default", policy.default.values);
    case "failover": {
      const [first] = policy.order;
      return say(`everybody gets ${first}`, (first && policy.targets[first]?.values) || []);
    }
    case "weighted": {
      const heaviest = byName(policy.targets).reduce((a, b) => (b[1].weight > a[1].weight ? b : a));
      return say(`everybody gets ${heaviest[0]}`, heaviest[1].values);
    }
    case "multivalue":
      return all(policy.targets, type, policy.maxValues, say);
    case "latency":
    case "geo-proximity":
      return all(policy.targets, type, MAX_RECORDS, say);
  }
}

/** Of one name and type; more make answers that do not fit into a packet. */
const MAX_RECORDS = 20;

type Targets = Extract<Steering, { readonly kind: "latency" }>["targets"];

function all(
  targets: Targets,
  type: string,
  maxValues: number,
  say: (what: string, chosen: readonly string[]) => StaticAnswer,
): StaticAnswer {
  const ordered = byName(targets);
  const [[first, only] = ["", { values: [] as string[] }]] = ordered;
  if (type === "CNAME") return say(`everybody gets ${first}`, only.values);
  return say("everybody gets all regions", ordered.flatMap(([, { values }]) => values).slice(0, maxValues));
}

const byName = <T>(targets: Readonly<Record<string, T>>): [string, T][] =>
  Object.entries(targets).sort(([a], [b]) => (a < b ? -1 : 1));
