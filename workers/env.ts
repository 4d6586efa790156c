import { z } from "zod";
import type { HealthMonitor } from "../durable-objects/health-monitor/object.ts";
import type { RoutingTable } from "../durable-objects/routing-table/object.ts";

/** Bindings and variables of wrangler.toml. */
export interface Env {
  readonly ROUTING_TABLE: DurableObjectNamespace<RoutingTable>;
  readonly HEALTH_MONITOR: DurableObjectNamespace<HealthMonitor>;
  readonly DB: D1Database;
  readonly SNAPSHOTS: R2Bucket;
  readonly ASSETS: Fetcher;
  readonly CONTROL_HOST: string;
  readonly ADMIN_TOKEN: string;
  readonly AFFINITY_KEY: string;
}

const secret = z.string().min(32, "expected at least 32 characters");

/** The variables as they must be; bindings are checked by the platform at deployment. */
export const variablesSchema = z.object({
  CONTROL_HOST: z.hostname(),
  ADMIN_TOKEN: secret,
  AFFINITY_KEY: secret,
});
