/** The Worker of the tests inside workerd: the objects, and no plane. */
export { AuditLog } from "../../durable-objects/audit-log/object.ts";
export { ColoObserver } from "../../durable-objects/colo-observer/object.ts";
export { HealthMonitor } from "../../durable-objects/health-monitor/object.ts";
export { RoutingTable } from "../../durable-objects/routing-table/object.ts";

export default {
  fetch: () => new Response(null, { status: 404 }),
} satisfies ExportedHandler;
