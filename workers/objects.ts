/** The classes of the Durable Objects and Workflows that wrangler.toml names: each Worker script must export them all. */

export { AnomalyDetector } from "../durable-objects/anomaly-detector/object.ts";
export { AuditLog } from "../durable-objects/audit-log/object.ts";
export { ColoObserver } from "../durable-objects/colo-observer/object.ts";
export { FailoverCoordinator } from "../durable-objects/failover-coordinator/object.ts";
export { HealthMonitor } from "../durable-objects/health-monitor/object.ts";
export { LatencyProber } from "../durable-objects/latency-prober/object.ts";
export { Mitigator } from "../durable-objects/mitigator/object.ts";
export { RateLimiter } from "../durable-objects/rate-limiter/object.ts";
export { RegionWatch } from "../durable-objects/region-watch/object.ts";
export { RoutingTable } from "../durable-objects/routing-table/object.ts";
export { FailoverWorkflow } from "./workflows/failover.ts";
