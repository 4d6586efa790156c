/** The Worker of the tests inside workerd: the objects, and no plane. */
export { ColoObserver } from "../../durable-objects/colo-observer/object.ts";
export { HealthMonitor } from "../../durable-objects/health-monitor/object.ts";
export { LatencyProber } from "../../durable-objects/latency-prober/object.ts";
export { RoutingTable } from "../../durable-objects/routing-table/object.ts";

export default {
  fetch: () => new Response(null, { status: 404 }),
} satisfies ExportedHandler;
