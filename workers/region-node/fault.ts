import { parseIp } from "../../src/base/ip.ts";
import { isProxied } from "./proxied.ts";
import type { NodeRequest } from "./reply.ts";

/** What a node does wrong on purpose. */
export interface Faults {
  /** Added to every answer. */
  readonly latencyMs: number;
  /** Added for requests that came by a colo (the header X-Novacron-Colo), beside `latencyMs`: its distance. */
  readonly latencyMsByColo: Readonly<Record<string, number>>;
  /** The part of the service's answers that is 500; probes do not see it. */
  readonly errorRate: number;
  /** Everything is 503, probes too. */
  readonly down: boolean;
}

export const noFaults: Faults = { latencyMs: 0, latencyMsByColo: {}, errorRate: 0, down: false };

export function faultDelayMs(faults: Faults, colo: string | null): number {
  return faults.latencyMs + (faults.latencyMsByColo[colo ?? ""] ?? 0);
}

/** A proxy's loopback address says nothing about its client, so that the edge must not carry drills either. */
export function maySetFaults(request: NodeRequest, peer: string | undefined): boolean {
  return !isProxied(request) && peer !== undefined && isLoopback(peer);
}

function isLoopback(address: string): boolean {
  const ip = parseIp(address);
  return ip?.family === 4 ? ip.word >>> 24 === 127 : ip?.text === "::1";
}
