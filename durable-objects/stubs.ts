import type { Vantage } from "../src/table/region.ts";
import type { AnomalyDetectorApi } from "./anomaly-detector/api.ts";
import type { AnomalyDetector } from "./anomaly-detector/object.ts";
import type { AuditLogApi } from "./audit-log/api.ts";
import type { AuditLog } from "./audit-log/object.ts";
import type { ColoObserverApi } from "./colo-observer/api.ts";
import type { ColoObserver } from "./colo-observer/object.ts";
import type { FailoverCoordinatorApi } from "./failover-coordinator/api.ts";
import type { FailoverCoordinator } from "./failover-coordinator/object.ts";
import type { HealthMonitorApi } from "./health-monitor/api.ts";
import type { HealthMonitor } from "./health-monitor/object.ts";
import type { LatencyProberApi } from "./latency-prober/api.ts";
import type { LatencyProber } from "./latency-prober/object.ts";
import type { MitigatorApi } from "./mitigator/api.ts";
import type { Mitigator } from "./mitigator/object.ts";
import type { RateLimiterApi } from "./rate-limiter/api.ts";
import type { RateLimiter } from "./rate-limiter/object.ts";
import type { RegionWatchApi } from "./region-watch/api.ts";
import type { RegionWatch } from "./region-watch/object.ts";
import type { RoutingTableApi } from "./routing-table/api.ts";
import type { RoutingTable } from "./routing-table/object.ts";

interface Namespaces {
  readonly ROUTING_TABLE: DurableObjectNamespace<RoutingTable>;
  readonly HEALTH_MONITOR: DurableObjectNamespace<HealthMonitor>;
  readonly AUDIT_LOG: DurableObjectNamespace<AuditLog>;
  readonly COLO_OBSERVER: DurableObjectNamespace<ColoObserver>;
  readonly LATENCY_PROBER: DurableObjectNamespace<LatencyProber>;
  readonly REGION_WATCH: DurableObjectNamespace<RegionWatch>;
  readonly FAILOVER_COORDINATOR: DurableObjectNamespace<FailoverCoordinator>;
  readonly RATE_LIMITER: DurableObjectNamespace<RateLimiter>;
  readonly ANOMALY_DETECTOR: DurableObjectNamespace<AnomalyDetector>;
  readonly MITIGATOR: DurableObjectNamespace<Mitigator>;
}

// A stub is made anew for each call: one that has seen its object abort stays broken.
export const routingTable = (env: Pick<Namespaces, "ROUTING_TABLE">): RoutingTableApi =>
  env.ROUTING_TABLE.getByName("global");

export const auditLog = (env: Pick<Namespaces, "AUDIT_LOG">): AuditLogApi => env.AUDIT_LOG.getByName("global");

/** Of a vantage by its location hint, near which the object is made. */
export const healthMonitor = (env: Pick<Namespaces, "HEALTH_MONITOR">, vantage: Vantage): HealthMonitorApi =>
  env.HEALTH_MONITOR.getByName(vantage, { locationHint: vantage });

/** Of a colo by its code, such as `FRA`. */
export const coloObserver = (env: Pick<Namespaces, "COLO_OBSERVER">, colo: string): ColoObserverApi =>
  env.COLO_OBSERVER.getByName(colo);

export const latencyProber = (env: Pick<Namespaces, "LATENCY_PROBER">): LatencyProberApi =>
  env.LATENCY_PROBER.getByName("global");

export const regionWatch = (env: Pick<Namespaces, "REGION_WATCH">): RegionWatchApi =>
  env.REGION_WATCH.getByName("global");

export const failoverCoordinator = (env: Pick<Namespaces, "FAILOVER_COORDINATOR">): FailoverCoordinatorApi =>
  env.FAILOVER_COORDINATOR.getByName("global");

/** Of what a policy limits: `name` is of the policy and the key. */
export const rateLimiter = (env: Pick<Namespaces, "RATE_LIMITER">, name: string): RateLimiterApi =>
  env.RATE_LIMITER.getByName(name);

/** Of a region by its id, or `global`. */
export const anomalyDetector = (env: Pick<Namespaces, "ANOMALY_DETECTOR">, scope: string): AnomalyDetectorApi =>
  env.ANOMALY_DETECTOR.getByName(scope);

export const mitigator = (env: Pick<Namespaces, "MITIGATOR">): MitigatorApi => env.MITIGATOR.getByName("global");
