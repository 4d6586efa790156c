import { printRdata } from "../dns/rdata/presentation.ts";
import { NS, typeName } from "../dns/record-type.ts";
import { calm } from "../routing/calm.ts";
import { isHealthy } from "../routing/standing.ts";
import type { RegionEntry, Snapshot } from "../table/snapshot.ts";
import type { Zone } from "../table/zone.ts";
import type { ReadSet, ZoneContents } from "../table/zone-contents.ts";
import { FAILING_OVER_TTL_SECONDS, isFailingOver } from "./failing-over.ts";
import { regionsOf } from "./pool.ts";

/** One thing that was looked at. */
export interface Finding {
  readonly check: "zone" | "delegation" | "soa" | "answers" | "ttl" | "dnssec";
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

export function delegation({ apex, sets }: ZoneContents): Finding {
  const servers = sets.find(({ set }) => set.owner === apex && set.type === NS)?.set.values ?? [];
  const names = servers.map((server) => printRdata(NS, server)).join(", ");
  if (servers.length === 0) return { check: "delegation", status: "failed", detail: `${apex} has no NS` };
  // RFC 2182, section 5.
  if (servers.length === 1) return { check: "delegation", status: "warning", detail: `${names} is its only server` };
  return { check: "delegation", status: "ok", detail: `${names}; the parent must name the same` };
}

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

/** That everybody is told something, and nobody of a region where all is down. */
export function agreement(snapshot: Snapshot, read: ReadSet, answers: readonly RegionalAnswer[], now: number): Finding {
  const type = typeName(read.set.type);
  const own = answers.filter((answer) => answer.type === type);
  const silent = own.filter(({ values }) => values.length === 0).map(({ region }) => region);
  const dead = new Set(
    snapshot.regions.filter((region) => isDead(snapshot, region, now)).map(({ id }) => `targets/${id}`),
  );
  const misled = own.filter(({ targets }) => targets.some((target) => dead.has(target))).map(({ region }) => region);
  if (misled.length > 0)
    return {
      check: "answers",
      status: "failed",
      detail: `${type}: sent to a region that is down from ${misled.join(", ")}`,
    };
  if (silent.length > 0)
    return { check: "answers", status: "failed", detail: `${type}: nothing is told in ${silent.join(", ")}` };
  const distinct = new Set(own.map(({ values }) => values.join(" "))).size;
  const inWords = distinct === 1 ? "one answer" : `${distinct} answers`;
  return { check: "answers", status: "ok", detail: `${type}: ${inWords} over ${own.length} regions` };
}

function isDead({ backends }: Snapshot, region: RegionEntry, now: number): boolean {
  const own = backends.filter((entry) => entry.region === region);
  return own.length > 0 && own.every((entry) => !isHealthy(entry, calm, now, "table"));
}

export function lifetime(snapshot: Snapshot, { set, source }: ReadSet, answers: readonly RegionalAnswer[]): Finding {
  const type = typeName(set.type);
  const ttls = answers.flatMap((answer) =>
    answer.type === type && answer.ttlSeconds !== null ? [answer.ttlSeconds] : [],
  );
  const longest = Math.max(0, ...ttls);
  const moving = source.policy === null ? [] : regionsOf(source.policy).filter((id) => isFailingOver(snapshot, id));
  const limit = moving.length > 0 ? FAILING_OVER_TTL_SECONDS : LONG_TTL_SECONDS;
  const why = moving.length > 0 ? `while ${moving.join(", ")} fails over` : "for a fast failover";
  if (longest > limit)
    return { check: "ttl", status: "warning", detail: `${type}: ${longest} s; at most ${limit} s ${why}` };
  return { check: "ttl", status: "ok", detail: `${type}: ${longest} s` };
}
