import { addressRuleRoutes } from "./resource/address-rules.ts";
import { auditRoutes } from "./resource/audit.ts";
import { entityRoutes } from "./resource/entities.ts";
import { healthRoutes } from "./resource/health.ts";
import { latencyRoutes } from "./resource/latency.ts";
import { simulationRoutes } from "./resource/simulate.ts";
import { tableRoutes } from "./resource/table.ts";
import { weightRoutes } from "./resource/weights.ts";
import type { Route } from "./route.ts";
import { entitySections } from "./schema/entity.ts";

/** Every operation of the control API. What is not in this table cannot be reached. */
export const routes: readonly Route[] = [
  ...tableRoutes,
  ...entitySections.flatMap(entityRoutes),
  ...weightRoutes,
  ...addressRuleRoutes("blacklist"),
  ...addressRuleRoutes("allowlist"),
  ...latencyRoutes,
  ...healthRoutes,
  ...simulationRoutes,
  ...auditRoutes,
];
