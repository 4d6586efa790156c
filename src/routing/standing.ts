import { slowStartFactor } from "../health/slow-start.ts";
import type { Backend } from "../table/backend.ts";
import type { Region } from "../table/region.ts";
import type { Service } from "../table/service.ts";
import type { BackendEntry } from "../table/snapshot.ts";
import { isFailedOver } from "./diversion.ts";
import type { LocalHealth } from "./view.ts";

/** A backend's place in the reckoning of one plan. */
export interface Standing {
  readonly entry: BackendEntry;
  /** Weight as configured, region's times backend's. */
  readonly weight: number;
  readonly healthy: boolean;
  /** The part of its weight that it may take now: slow start times shedding, 0 to 1; 0 when unhealthy. */
  readonly strength: number;
}

/** A loaded backend keeps this part of its share, so that full ones still take traffic when all are full. */
export const MIN_SHED_FACTOR = 0.02;

/** Whether new clients may be sent there, health aside. */
export function takesNewClients({
  backend,
  region: { region },
}: {
  readonly backend: Pick<Backend, "state" | "weight">;
  readonly region: { readonly region: Pick<Region, "state" | "weight" | "dialPercent"> };
}): boolean {
  return (
    backend.state === "active" &&
    region.state === "active" &&
    backend.weight > 0 &&
    region.weight > 0 &&
    region.dialPercent > 0
  );
}

/** Whether clients that are bound to it by affinity may stay, health aside: draining ends no session, failover does. */
export function keepsBoundClients({ backend, region }: BackendEntry): boolean {
  return backend.state !== "disabled" && region.region.state !== "maintenance" && !isFailedOver(region);
}

/**
 * Whose word on health counts. `everyone`: the table's verdict and this isolate's ejections. `table`: the verdict
 * alone. `nobody`: all count as healthy, and failovers do not count.
 */
export type Trust = "everyone" | "table" | "nobody";

/** A backend that nobody has checked yet counts as healthy: its first failures will tell. */
export function isHealthy(entry: BackendEntry, local: LocalHealth, now: number, trust: Trust): boolean {
  if (trust === "nobody") return true;
  return entry.verdict?.status !== "down" && (trust === "table" || !local.isEjected(entry.id, now));
}

/**
 * Slow start is relative to the warmest healthy backend among those that could serve: when all have just come up
 * there is no warm one to spare them, and the nearest takes its traffic at once.
 */
export function standingsOf(
  entries: readonly BackendEntry[],
  service: Service,
  local: LocalHealth,
  now: number,
  trust: Trust,
): Standing[] {
  const checked = entries.map((entry) => ({
    entry,
    healthy: isHealthy(entry, local, now, trust) && (trust === "nobody" || !isFailedOver(entry.region)),
    warmth: warmth(entry, service, now),
  }));
  const warmest = checked.reduce((most, { healthy, warmth }) => (healthy ? Math.max(most, warmth) : most), 0);
  return checked.map(({ entry, healthy, warmth }) => ({
    entry,
    weight: entry.region.region.weight * entry.backend.weight,
    healthy,
    strength: healthy ? (warmth / warmest) * shedFactor(entry, service) : 0,
  }));
}

/** Whether its strength still grows with time. */
export function isWarming({ verdict }: BackendEntry, service: Service, now: number): boolean {
  return verdict?.recoveredAt != null && now - verdict.recoveredAt < service.slowStartSeconds * 1000;
}

function warmth({ verdict }: BackendEntry, service: Service, now: number): number {
  if (verdict?.recoveredAt == null) return 1;
  return slowStartFactor(now - verdict.recoveredAt, service.slowStartSeconds, service.slowStartAggression);
}

/** Full share up to the threshold, then linearly less, to nearly nothing at full load. */
function shedFactor({ verdict }: BackendEntry, { shedAbovePercent }: Service): number {
  const load = verdict?.load;
  if (!load) return 1;
  const threshold = shedAbovePercent / 100;
  const fullest = Math.max(load.cpu, load.inFlight, load.network);
  if (fullest <= threshold) return 1;
  return Math.max(MIN_SHED_FACTOR, (1 - fullest) / (1 - threshold));
}
