import { exports, waitUntil } from "cloudflare:workers";
import {
  anomalyDetector,
  auditLog,
  coloObserver,
  failoverCoordinator,
  latencyProber,
  mitigator,
  regionWatch,
  routingTable,
} from "../../durable-objects/stubs.ts";
import { claimKey, keepAnswer, releaseKey } from "../../src/adapters/d1/answers.ts";
import { d1AuthStore } from "../../src/adapters/d1/auth-store.ts";
import { demandCoversFrom, demandSince } from "../../src/adapters/d1/demand.ts";
import { listIncidents } from "../../src/adapters/d1/incidents.ts";
import { regionHealthHistory } from "../../src/adapters/d1/region-health.ts";
import { regionTransitions } from "../../src/adapters/d1/region-transitions.ts";
import { d1ZoneKeys } from "../../src/adapters/d1/zone-keys.ts";
import { webDnssecCrypto } from "../../src/adapters/web-crypto/dnssec.ts";
import { sealedAccounts } from "../../src/adapters/web-crypto/sealed-accounts.ts";
import { createSecretBox } from "../../src/adapters/web-crypto/secret-box.ts";
import type { Env } from "../env.ts";
import { countryByIp } from "../geoip.ts";
import { plane } from "../plane.ts";
import { zoneKeys } from "../zone-keys.ts";
import { createControlApp } from "./app.ts";
import { accessKeys, createAccessVerifier } from "./auth/access.ts";
import { stretch } from "./auth/scrypt.ts";
import type { ControlDeps, LogEvent } from "./deps.ts";
import { RATES } from "./rate-limit.ts";

export const control = plane((env) => createControlApp(controlDeps(env)));

/** What the control API touches, on the platform. */
export function controlDeps(env: Env): ControlDeps {
  return {
    // Asked anew for each call: a stub that has seen its object abort stays broken.
    table: {
      snapshot: (...args) => routingTable(env).snapshot(...args),
      page: (...args) => routingTable(env).page(...args),
      verdicts: () => routingTable(env).verdicts(),
      votes: (...args) => routingTable(env).votes(...args),
      plan: (...args) => routingTable(env).plan(...args),
      apply: (...args) => routingTable(env).apply(...args),
      history: (...args) => routingTable(env).history(...args),
      rollback: (...args) => routingTable(env).rollback(...args),
      planRollback: (...args) => routingTable(env).planRollback(...args),
    },
    detector: { status: () => anomalyDetector(env, "global").status() },
    mitigator: {
      status: () => mitigator(env).status(),
      attacks: (...args) => mitigator(env).attacks(...args),
      attack: (...args) => mitigator(env).attack(...args),
      bans: (...args) => mitigator(env).bans(...args),
      ban: (...args) => mitigator(env).ban(...args),
      standing: (...args) => mitigator(env).standing(...args),
      goodClientsIn: (...args) => mitigator(env).goodClientsIn(...args),
      lift: (...args) => mitigator(env).lift(...args),
      shorten: (...args) => mitigator(env).shorten(...args),
      proposals: (...args) => mitigator(env).proposals(...args),
      confirm: (...args) => mitigator(env).confirm(...args),
      dismiss: (...args) => mitigator(env).dismiss(...args),
      alerts: (...args) => mitigator(env).alerts(...args),
    },
    prober: {
      read: (...args) => latencyProber(env).read(...args),
      measure: (...args) => latencyProber(env).measure(...args),
    },
    failovers: {
      plan: (...args) => failoverCoordinator(env).plan(...args),
      start: (...args) => failoverCoordinator(env).start(...args),
      list: (...args) => failoverCoordinator(env).list(...args),
      find: (...args) => failoverCoordinator(env).find(...args),
      failback: (...args) => failoverCoordinator(env).failback(...args),
      verify: (...args) => failoverCoordinator(env).verify(...args),
    },
    regionHistory: (region, since, limit) => regionHealthHistory(env.DB, region, since, limit),
    watch: { status: () => regionWatch(env).status() },
    regionTransitions: (region, since, limit) => regionTransitions(env.DB, region, since, limit),
    incidents: (query) => listIncidents(env.DB, query),
    demandSince: (since) => demandSince(env.DB, since),
    demandCoversFrom: (since) => demandCoversFrom(env.DB, since),
    answers: {
      claim: (...args) => claimKey(env.DB, ...args),
      keep: (...args) => keepAnswer(env.DB, ...args),
      release: (...args) => releaseKey(env.DB, ...args),
    },
    traces: (colo) => coloObserver(env, colo),
    countryByIp,
    audit: {
      append: (...args) => auditLog(env).append(...args),
      find: (...args) => auditLog(env).find(...args),
      read: (...args) => auditLog(env).read(...args),
      heads: (...args) => auditLog(env).heads(...args),
    },
    assets: (request) => env.ASSETS.fetch(request),
    dnssec: dnssecOf(env),
    dnsPlane: askDns,
    resolver:
      env.DNS_RESOLVER === undefined ? null : { url: env.DNS_RESOLVER, fetch: (url, request) => fetch(url, request) },
    auth: authStore(env),
    access: accessOf(env),
    adminToken: env.ADMIN_TOKEN,
    canVerifyTurnstile: env.TURNSTILE_SECRET !== undefined,
    isLocalWorld: env.LOCAL_WORLD === "true",
    rates: RATES,
    sameBytes: (a, b) => crypto.subtle.timingSafeEqual(a, b),
    stretch,
    now: () => Date.now(),
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    newId: () => crypto.randomUUID(),
    later: (delayMs, work) => waitUntil(scheduler.wait(delayMs).then(work)),
    timer: (ms, ring) => {
      const timer = setTimeout(ring, ms);
      return () => clearTimeout(timer);
    },
    newRequestId: () => crypto.randomUUID(),
    log,
  };
}

function authStore({ DB, AUTH_KEY, AUTH_KEY_BEFORE }: Env): ControlDeps["auth"] {
  const store = d1AuthStore(DB);
  const box = createSecretBox(AUTH_KEY_BEFORE === undefined ? [AUTH_KEY] : [AUTH_KEY, AUTH_KEY_BEFORE]);
  const warn = (principal: string) =>
    console.warn(JSON.stringify({ plane: "control", message: "no AUTH_KEY opens a TOTP secret", principal }));
  return { ...store, accounts: sealedAccounts(store.accounts, box, warn) };
}

/** Through the entrypoint, as from outside, so that what answers is what clients ask. */
const askDns: ControlDeps["dnsPlane"] = (body, place) => {
  const known = Object.entries(place).flatMap(([key, value]) => (value === null ? [] : [[key, String(value)]]));
  return (exports as unknown as { readonly dns: Fetcher }).dns.fetch("https://dns/dns-query", {
    method: "POST",
    body,
    headers: { "Content-Type": "application/dns-message" },
    cf: Object.fromEntries(known),
  });
};

function dnssecOf({ DB, DNSSEC_KEY: secret }: Env): ControlDeps["dnssec"] {
  if (secret === undefined) return null;
  return { store: d1ZoneKeys(DB), keys: zoneKeys(secret), crypto: webDnssecCrypto };
}

function accessOf({ ACCESS_TEAM_DOMAIN: domain, ACCESS_AUD: audience }: Env): ControlDeps["access"] {
  if (domain === undefined || audience === undefined) return null;
  const settings = { issuer: `https://${domain}`, audience };
  return createAccessVerifier(settings, accessKeys(settings));
}

function log({ level, message, requestId, cause }: LogEvent): void {
  const reason = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  console[level](JSON.stringify({ plane: "control", message, requestId, reason }));
}
