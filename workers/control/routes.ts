import { addressRuleRoutes } from "./resource/address-rules.ts";
import { auditRoutes } from "./resource/audit.ts";
import { bootstrapRoutes } from "./resource/bootstrap.ts";
import { controlNetworkRoutes } from "./resource/control-networks.ts";
import { dnsAnswerRoutes } from "./resource/dns-answers.ts";
import { dnsRecordRoutes } from "./resource/dns-records.ts";
import { dnsZoneFileRoutes } from "./resource/dns-zone-files.ts";
import { dnssecRoutes } from "./resource/dnssec.ts";
import { entityRoutes } from "./resource/entities.ts";
import { explainRoutes } from "./resource/explain.ts";
import { failoverRoutes } from "./resource/failovers.ts";
import { healthRoutes } from "./resource/health.ts";
import { incidentRoutes } from "./resource/incidents.ts";
import { latencyRoutes } from "./resource/latency.ts";
import { ownAccountRoutes } from "./resource/own-account.ts";
import { passkeyRoutes } from "./resource/passkeys.ts";
import { principalRoutes } from "./resource/principals.ts";
import { roleRoutes } from "./resource/roles.ts";
import { sessionRoutes } from "./resource/sessions.ts";
import { attackRoutes } from "./resource/shield-attacks.ts";
import { banRoutes } from "./resource/shield-bans.ts";
import { dryRunRoutes } from "./resource/shield-dry-run.ts";
import { mitigationRoutes } from "./resource/shield-mitigation.ts";
import { proposalRoutes } from "./resource/shield-proposals.ts";
import { shieldStatusRoutes } from "./resource/shield-status.ts";
import { simulationRoutes } from "./resource/simulate.ts";
import { tableRoutes } from "./resource/table.ts";
import { tokenRoutes } from "./resource/tokens.ts";
import { traceRoutes } from "./resource/traces.ts";
import { weightRoutes } from "./resource/weights.ts";
import type { Route } from "./route.ts";
import { entitySections } from "./schema/entity.ts";

/** Every operation of the control API. What is not in this table cannot be reached. */
export const routes: readonly Route[] = [
  ...tableRoutes,
  ...entitySections.flatMap(entityRoutes),
  ...shieldStatusRoutes,
  ...dryRunRoutes,
  ...attackRoutes,
  ...mitigationRoutes,
  ...banRoutes,
  ...proposalRoutes,
  ...dnsRecordRoutes,
  ...dnssecRoutes,
  ...dnsZoneFileRoutes,
  ...dnsAnswerRoutes,
  ...weightRoutes,
  ...addressRuleRoutes("blacklist"),
  ...addressRuleRoutes("allowlist"),
  ...addressRuleRoutes("bots"),
  ...latencyRoutes,
  ...healthRoutes,
  ...incidentRoutes,
  ...failoverRoutes,
  ...simulationRoutes,
  ...explainRoutes,
  ...traceRoutes,
  ...bootstrapRoutes,
  // Before the sessions with an id, which `passkey` is not.
  ...passkeyRoutes,
  ...sessionRoutes,
  // Before those with an id, which `me` is not.
  ...ownAccountRoutes,
  ...principalRoutes,
  ...controlNetworkRoutes,
  ...roleRoutes,
  ...tokenRoutes,
  ...auditRoutes,
];
