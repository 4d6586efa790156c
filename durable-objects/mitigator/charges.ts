import type { Breach } from "../../src/shield/attack.ts";
import { EVIDENCE_MS } from "../../src/shield/ban/escalation.ts";
import type { Evidence } from "../../src/shield/ban/evidence.ts";
import { networkOf } from "../../src/shield/ban/network.ts";
import type { Suspect } from "../../src/shield/ban/suspects.ts";
import type { AttackRecord } from "../../src/shield/mitigation/attack-record.ts";
import type { Charge } from "./court.ts";

/** What a rate limiter says; `null` where it is of no address. A clock ahead of this one speaks of now. */
export function breachCharge({ client, at, seconds, limit, offered, allowed }: Breach, now: number): Charge | null {
  const cidr = networkOf(client);
  if (cidr === null) return null;
  const seenAt = Math.min(at, now);
  const since = seenAt - seconds * 1000;
  return { cidr, evidence: { kind: "breach", limit, since, at: seenAt, seconds, offered, allowed } };
}

/** What an attack says of those who explain it. */
export function attackCharge({ cidr, ...suspect }: Suspect, record: AttackRecord, now: number): Charge {
  const { perSecond, usualPerSecond, shareOfExcess, clients } = suspect;
  const evidence: Evidence = {
    kind: "attack",
    attack: record.id,
    service: record.service,
    since: Math.max(record.startedAt, now - EVIDENCE_MS),
    at: now,
    perSecond,
    usualPerSecond,
    shareOfExcess,
    clients,
  };
  return { cidr, evidence };
}
