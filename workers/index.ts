import type { Env } from "./env.ts";

export { AuditLog } from "../durable-objects/audit-log/object.ts";
export { ColoObserver } from "../durable-objects/colo-observer/object.ts";
export { HealthMonitor } from "../durable-objects/health-monitor/object.ts";
export { RoutingTable } from "../durable-objects/routing-table/object.ts";

import { control } from "./control/main.ts";
import { edge } from "./edge/main.ts";

// Named entrypoints, so that a socket of the local world can serve one plane alone.
export { control, edge };

/** One script is deployed: the exact host picks the plane, and everything else is traffic. */
export default {
  fetch(request, env, context) {
    const plane = new URL(request.url).hostname === env.CONTROL_HOST ? control : edge;
    return plane.fetch(request, env, context);
  },
} satisfies ExportedHandler<Env>;
