import { z } from "zod";
import type { AnomalyDetector } from "../durable-objects/anomaly-detector/object.ts";
import type { AuditLog } from "../durable-objects/audit-log/object.ts";
import type { ColoObserver } from "../durable-objects/colo-observer/object.ts";
import type { FailoverCoordinator } from "../durable-objects/failover-coordinator/object.ts";
import type { HealthMonitor } from "../durable-objects/health-monitor/object.ts";
import type { LatencyProber } from "../durable-objects/latency-prober/object.ts";
import type { Mitigator } from "../durable-objects/mitigator/object.ts";
import type { RateLimiter } from "../durable-objects/rate-limiter/object.ts";
import type { RegionWatch } from "../durable-objects/region-watch/object.ts";
import type { RoutingTable } from "../durable-objects/routing-table/object.ts";
import { issueWords } from "../src/base/issue-words.ts";
import { resolverUrlSchema } from "./resolver-url.ts";

/** What a workflow that fails a region over is told. */
export interface FailoverParams {
  /** Of the failover, and of the workflow's instance. */
  readonly id: string;
}

/** Bindings and variables of wrangler.toml. */
export interface Env {
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
  readonly FAILOVER: Workflow<FailoverParams>;
  readonly DB: D1Database;
  readonly SNAPSHOTS: R2Bucket;
  readonly ASSETS: Fetcher;
  readonly CONTROL_HOST: string;
  readonly DNS_HOST: string;
  readonly ADMIN_TOKEN: string;
  readonly AFFINITY_KEY: string;
  readonly AUDIT_KEY: string;
  /** Seals the TOTP secrets in D1. */
  readonly AUTH_KEY: string;
  /** While it is being changed, the one before: what it has sealed still opens. */
  readonly AUTH_KEY_BEFORE?: string;
  /** Of the regions, percent that may be failed over by themselves at a time; 50 unless it is set. */
  readonly FAILOVER_CAP_PERCENT?: string;
  /** Of the last week's good clients, percent that the shield's bans may touch unasked; 0.1 unless it is set. */
  readonly BAN_COLLATERAL_PERCENT?: string;
  /** Seconds of traffic before which nothing is called an attack; 600 unless it is set. */
  readonly ANOMALY_LEAST_AGE_SECONDS?: string;
  /** Seals the keys of zones; a deployment without it does not sign. */
  readonly DNSSEC_KEY?: string;
  /** Where a recursive resolver answers over HTTPS; a deployment without it does not see how its zones are delegated. */
  readonly DNS_RESOLVER?: string;
  /** Verifies answers of Turnstile; without it services that ask for Turnstile challenge by a puzzle. */
  readonly TURNSTILE_SECRET?: string;
  /** What the nodes let measure their paths to one another; a deployment without it does not measure them. */
  readonly NODE_TOKEN?: string;
  /** `true` in the local world alone, never in a deployment: machines there may do without a second factor. */
  readonly LOCAL_WORLD?: string;
  /** Cloudflare Access in front of the control plane: both, or neither. `TEAM.cloudflareaccess.com`. */
  readonly ACCESS_TEAM_DOMAIN?: string;
  /** The application's audience tag. */
  readonly ACCESS_AUD?: string;
}

const secret = z.string().min(32, "expected at least 32 characters");

/** Bindings are checked by the platform at deployment; variables and secrets are not. */
const variablesSchema = z
  .object({
    CONTROL_HOST: z.hostname(),
    DNS_HOST: z.hostname(),
    ADMIN_TOKEN: secret,
    AFFINITY_KEY: secret,
    AUDIT_KEY: secret,
    AUTH_KEY: secret,
    AUTH_KEY_BEFORE: secret.optional(),
    FAILOVER_CAP_PERCENT: z
      .string()
      .regex(/^(\d|[1-9]\d|100)$/, "expected 0 to 100")
      .optional(),
    BAN_COLLATERAL_PERCENT: z
      .string()
      .regex(/^(\d{1,2}(\.\d{1,3})?|100)$/, "expected 0 to 100, with at most three decimals")
      .optional(),
    ANOMALY_LEAST_AGE_SECONDS: z
      .string()
      .regex(/^[1-9]\d{1,4}$/, "expected 10 to 99999")
      .optional(),
    DNSSEC_KEY: secret.optional(),
    DNS_RESOLVER: resolverUrlSchema.optional(),
    TURNSTILE_SECRET: z.string().min(1).optional(),
    NODE_TOKEN: secret.optional(),
    LOCAL_WORLD: z.literal("true").optional(),
    ACCESS_TEAM_DOMAIN: z.hostname().optional(),
    ACCESS_AUD: z.string().min(1).optional(),
  })
  .refine((env) => env.CONTROL_HOST !== env.DNS_HOST, { path: ["DNS_HOST"], message: "it is CONTROL_HOST already" })
  .refine((env) => (env.ACCESS_TEAM_DOMAIN === undefined) === (env.ACCESS_AUD === undefined), {
    path: ["ACCESS_AUD"],
    message: "ACCESS_TEAM_DOMAIN and ACCESS_AUD come together",
  });

/** What is wrong with the variables, by name and without their values; `null` when nothing is. */
export function misconfiguration(env: Env): string | null {
  const checked = variablesSchema.safeParse(env, { error: issueWords });
  if (checked.success) return null;
  return checked.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
}
