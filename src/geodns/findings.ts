import { printRdata } from "../dns/rdata/presentation.ts";
import { NS } from "../dns/record-type.ts";
import type { Continent, Place } from "../geo/place.ts";
import { calm } from "../routing/calm.ts";
import { isHealthy } from "../routing/standing.ts";
import type { RegionEntry, Snapshot } from "../table/snapshot.ts";
import type { Steering } from "../table/steering.ts";
import type { Zone } from "../table/zone.ts";
import type { ZoneContents } from "../table/zone-contents.ts";
import type { Told } from "./authority.ts";
import { FAILING_OVER_TTL_SECONDS, isFailingOver } from "./failing-over.ts";
import { poolOf, regionsOf } from "./pool.ts";

/** One thing that was looked at. */
export interface Finding {
  readonly check: "zone" | "delegation" | "soa" | "answers" | "ttl" | "served" | "dnssec";
  readonly status: "ok" | "warning" | "failed" | "unchecked";
  readonly detail: string;
}

/** What a client where a region stands is told. */
export interface RegionalAnswer {
  readonly region: string;
  readonly type: string;
  readonly values: readonly string[];
  /** Seconds; `null` where there is no answer. */
  readonly ttlSeconds: number | null;
  /** Of the policy, by which the values were chosen: `targets/eu-west-1`. */
  readonly targets: readonly string[];
}

/** Answers that are kept for longer keep clients where they are for as long after a region has died. */
const LONG_TTL_SECONDS = 300;

/** RFC 1912, section 2.2. */
export function startOfAuthority(
  { primary, serial, refreshSeconds, retrySeconds, expireSeconds }: Zone,
  contents: ZoneContents,
): Finding {
  const problems = [
    ...(retrySeconds < refreshSeconds ? [] : [`retry ${retrySeconds} s is not below refresh ${refreshSeconds} s`]),
    ...(expireSeconds > refreshSeconds + retrySeconds
      ? []
      : [`expire ${expireSeconds} s is before the second refresh`]),
    ...(isServer(contents, primary) ? [] : [`the primary ${primary} is none of its servers`]),
  ];
  if (problems.length > 0) return { check: "soa", status: "warning", detail: problems.join("; ") };
  return { check: "soa", status: "ok", detail: `serial ${serial}, primary ${primary}` };
}

const isServer = ({ apex, sets }: ZoneContents, name: string) =>
  sets.some(
    ({ set }) => set.owner === apex && set.type === NS && set.values.some((v) => printRdata(NS, v) === `${name}.`),
  );

/** An answer, and the steered record sets that it rests on. */
export interface Seen {
  readonly answer: RegionalAnswer;
  readonly place: Place;
  readonly steered: Told["steered"];
}

/** That everybody is told something, and nobody of a region that takes nothing. */
export function agreement(snapshot: Snapshot, seen: readonly Seen[], now: number): Finding {
  const type = seen[0]?.answer.type ?? "";
  const closed = new Set(snapshot.regions.filter((region) => isClosed(snapshot, region, now)).map(({ id }) => id));
  const misled = seen.filter((each) => regionsTold(snapshot, each).some((region) => closed.has(region)));
  if (misled.length > 0)
    return {
      check: "answers",
      status: "failed",
      detail: `${type}: sent to a region that is down or failed over from ${regionsIn(misled)}`,
    };
  const unanswered = seen.filter(({ answer }) => answer.values.length === 0);
  const silent = unanswered.filter((each) => !isForbidden(snapshot, each));
  if (silent.length > 0)
    return { check: "answers", status: "failed", detail: `${type}: nothing is told in ${regionsIn(silent)}` };
  const distinct = new Set(seen.map(({ answer }) => answer.values.join(" "))).size;
  const inWords = distinct === 1 ? "one answer" : `${distinct} answers`;
  const told = `${type}: ${inWords} over ${seen.length} regions`;
  if (unanswered.length === 0) return { check: "answers", status: "ok", detail: told };
  const status = unanswered.length < seen.length ? "ok" : "failed";
  return { check: "answers", status, detail: `${told}; residency permits nothing in ${regionsIn(unanswered)}` };
}

const regionsIn = (seen: readonly Seen[]) => seen.map(({ answer }) => answer.region).join(", ");

/** Whether residency lets a client there be told of nobody. */
function isForbidden(snapshot: Snapshot, { place, steered }: Seen): boolean {
  return steered.some(({ id }) => {
    const steering = policyOf(snapshot.table, id);
    const pool = steering && poolOf(snapshot, `records/${id}`, steering);
    return pool?.permits.permit(place).kind === "refused";
  });
}

/** Whether all of a region is down, or all of its traffic has been moved. */
function isClosed({ backends, failovers }: Snapshot, region: RegionEntry, now: number): boolean {
  if (failovers.get(region.id)?.percent === 0) return true;
  const own = backends.filter((entry) => entry.region === region);
  return own.length > 0 && own.every((entry) => !isHealthy(entry, calm, now, "table"));
}

function regionsTold({ table }: Snapshot, { steered }: Seen): readonly string[] {
  return steered.flatMap(({ id, targets }) => {
    const steering = policyOf(table, id);
    return steering === null ? [] : targets.flatMap((target) => regionOf(steering, target) ?? []);
  });
}

const policyOf = ({ records }: Snapshot["table"], id: string): Steering | null => records.get(id)?.policy ?? null;

/** `target` is where it stands in the policy. */
function regionOf(steering: Steering, target: string): string | null {
  const [list, key = ""] = target.split("/");
  if (steering.kind !== "geolocation") return key;
  if (list === "countries") return steering.countries[key]?.region ?? null;
  if (list === "continents") return steering.continents[key as Continent]?.region ?? null;
  return steering.default.region;
}

export function lifetime(snapshot: Snapshot, seen: readonly Seen[]): Finding {
  const type = seen[0]?.answer.type ?? "";
  const longest = Math.max(0, ...seen.map(({ answer }) => answer.ttlSeconds ?? 0));
  const ids = new Set(seen.flatMap(({ steered }) => steered.map(({ id }) => id)));
  const policies = Array.from(ids, (id) => policyOf(snapshot.table, id)).filter((policy) => policy !== null);
  const moving = new Set(policies.flatMap(regionsOf).filter((id) => isFailingOver(snapshot, id)));
  const limit = moving.size > 0 ? FAILING_OVER_TTL_SECONDS : LONG_TTL_SECONDS;
  const why = moving.size > 0 ? `while ${[...moving].join(", ")} fails over` : "for a fast failover";
  if (longest > limit)
    return { check: "ttl", status: "warning", detail: `${type}: ${longest} s; at most ${limit} s ${why}` };
  return { check: "ttl", status: "ok", detail: `${type}: ${longest} s` };
}
