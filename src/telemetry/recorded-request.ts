import { clientKey, parseIp } from "../base/ip.ts";
import { type Snapshot, serviceFor } from "../table/snapshot.ts";
import type { Trace } from "./trace.ts";

/** A request that was traced by chance, as far as a rate limit looks at it. */
export interface RecordedRequest {
  /** Unix milliseconds. */
  readonly at: number;
  readonly service: string;
  readonly path: string;
  readonly method: string;
  /** The v4 address, or the v6 /64. */
  readonly clientKey: string;
  /** The client as people are shown it, its /24 or /48: see `Explanation`. */
  readonly network: string;
  readonly country: string | null;
  readonly asn: number | null;
  /** Of the header that its service sticks by; no other header is recorded, nor any cookie. */
  readonly header: { readonly name: string; readonly hash: number } | null;
  /** How many requests it stands for. */
  readonly weight: number;
}

/**
 * Those that would come to the limits of a service of the table, the oldest first. Left out are requests that were
 * refused before that, and those that were traced because they went wrong: there it is not known how many stand behind.
 */
export function recordedRequests(snapshot: Snapshot, traces: readonly Trace[]): RecordedRequest[] {
  return traces.flatMap((trace) => readTrace(snapshot, trace) ?? []).sort((a, b) => a.at - b.at);
}

function readTrace(snapshot: Snapshot, { occasion, explanation, recorded }: Trace): RecordedRequest | null {
  const { request, screening, decision, at } = explanation;
  const client = recorded && parseIp(recorded.client);
  if (!client || occasion !== "sampled" || screening.kind === "blocked" || decision.kind === "refused") return null;
  const entry = serviceFor(snapshot, request.host, request.path);
  if (!entry || entry.service.tracePercent === 0) return null;
  return {
    at,
    service: entry.id,
    path: request.path,
    method: request.method,
    clientKey: clientKey(client),
    network: request.client,
    country: request.place.country,
    asn: request.place.asn,
    header: recorded.headerKey,
    weight: 100 / entry.service.tracePercent,
  };
}
