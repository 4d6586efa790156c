import type { AnomalyDetectorApi } from "../../durable-objects/anomaly-detector/api.ts";
import type { AuditLogApi } from "../../durable-objects/audit-log/api.ts";
import type { ColoObserverApi } from "../../durable-objects/colo-observer/api.ts";
import type { FailoverCoordinatorApi } from "../../durable-objects/failover-coordinator/api.ts";
import type { LatencyProberApi } from "../../durable-objects/latency-prober/api.ts";
import type { MitigatorApi } from "../../durable-objects/mitigator/api.ts";
import type { RegionWatchApi } from "../../durable-objects/region-watch/api.ts";
import type { RoutingTableApi } from "../../durable-objects/routing-table/api.ts";
import type { AuthStore } from "../../src/auth/store.ts";
import type { Ip } from "../../src/base/ip.ts";
import type { DnssecCrypto } from "../../src/dns/dnssec/crypto.ts";
import type { KeyStore } from "../../src/dns/dnssec/key-store.ts";
import type { Incident, IncidentQuery } from "../../src/failover/incident.ts";
import type { RegionTransition } from "../../src/health/region-state.ts";
import type { Demand } from "../../src/simulation/population.ts";
import type { SameBytes } from "../bearer.ts";
import type { ZoneKeys } from "../zone-keys.ts";
import type { AccessVerifier } from "./auth/access.ts";
import type { Stretch } from "./auth/password.ts";
import type { Timer } from "./body.ts";
import type { DnsPlane } from "./dns-plane.ts";
import type { AnswerStore } from "./idempotency.ts";
import type { Rates } from "./rate-limit.ts";
import type { Resolver } from "./resolver.ts";
import type { HealthPoint } from "./schema/health.ts";

/** What the control API asks of the routing table. */
export type ControlTable = Pick<
  RoutingTableApi,
  "snapshot" | "page" | "verdicts" | "votes" | "plan" | "apply" | "history" | "rollback" | "planRollback"
>;

/** What the control API asks of the mitigator. */
export type ControlMitigator = Omit<MitigatorApi, "attacked" | "breached" | "sighted">;

/** All that the control API touches outside itself. */
export interface ControlDeps {
  readonly table: ControlTable;
  readonly mitigator: ControlMitigator;
  /** Of all traffic. */
  readonly detector: Pick<AnomalyDetectorApi, "status">;
  readonly prober: Pick<LatencyProberApi, "read" | "measure">;
  readonly failovers: Pick<FailoverCoordinatorApi, "plan" | "start" | "list" | "find" | "failback" | "verify">;
  /** The kept health of a region's backends since a time, newest first. */
  readonly regionHistory: (region: string, since: number, limit: number) => Promise<readonly KeptHealth[]>;
  readonly watch: Pick<RegionWatchApi, "status">;
  /** The changes of what a region was held to be since a time (Unix milliseconds), newest first. */
  readonly regionTransitions: (region: string, since: number, limit: number) => Promise<readonly RegionTransition[]>;
  /** The newest first. */
  readonly incidents: (query: IncidentQuery) => Promise<readonly Incident[]>;
  /** The requests that the edges have counted since a time (Unix milliseconds), by colo, country and service. */
  readonly demandSince: (since: number) => Promise<readonly Demand[]>;
  /** From when on these are counted (Unix milliseconds); `null` where nothing is. */
  readonly demandCoversFrom: (since: number) => Promise<number | null>;
  readonly answers: AnswerStore;
  /** Who keeps the traces of a colo, by its code; `none` for requests that were taken at none. */
  readonly traces: (colo: string) => Pick<ColoObserverApi, "findTrace" | "listTraces">;
  /** Looks a country up where the platform would name none. */
  readonly countryByIp: (ip: Ip) => string | null;
  readonly audit: AuditLogApi;
  /** The dashboard's files. */
  readonly assets: (request: Request) => Promise<Response>;
  /** The keys of zones; `null` where the deployment has no secret to seal them with. */
  readonly dnssec: DnssecDeps | null;
  readonly dnsPlane: DnsPlane;
  /** `null` where the deployment names none. */
  readonly resolver: Resolver | null;
  /** Principals, and what lets them in. */
  readonly auth: AuthStore;
  /** `null` where Cloudflare Access does not stand in front of the control plane. */
  readonly access: AccessVerifier | null;
  /** Makes the first admin, and nothing else. */
  readonly adminToken: string;
  /** Without it, services that ask for Turnstile challenge by the puzzle. */
  readonly canVerifyTurnstile: boolean;
  /** Whether this is the local world, whose machine may do without a second factor. */
  readonly isLocalWorld: boolean;
  readonly sameBytes: SameBytes;
  readonly stretch: Stretch;
  readonly rates: Rates;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** From a source fit for secrets. */
  readonly randomBytes: (length: number) => Uint8Array<ArrayBuffer>;
  readonly newId: () => string;
  /** Does some work later, whether or not there is a request by then. Lost when the isolate goes. */
  readonly later: (delayMs: number, work: () => Promise<void>) => void;
  readonly timer: Timer;
  readonly newRequestId: () => string;
  readonly log: (event: LogEvent) => void;
}

/** Where the keys of zones are kept, and what makes them. */
export interface DnssecDeps {
  readonly store: KeyStore;
  readonly keys: ZoneKeys;
  readonly crypto: DnssecCrypto;
}

/** As it is kept: `at` is in Unix milliseconds. */
type KeptHealth = Omit<HealthPoint, "at"> & { readonly at: number };

export interface LogEvent {
  readonly level: "warn" | "error";
  readonly message: string;
  readonly requestId: string;
  readonly cause: unknown;
}
