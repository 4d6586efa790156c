import { hashText } from "../../../src/base/hash.ts";
import { clientKey, parseIp } from "../../../src/base/ip.ts";
import { nowhere, type Place } from "../../../src/geo/place.ts";
import type { Facts } from "../../../src/request/facts.ts";
import type { Inquiry } from "../../../src/telemetry/explain.ts";

export const NOW = Date.UTC(2026, 10, 24, 12);

export const FRANKFURT: Partial<Place> = { country: "DE", continent: "EU", colo: "FRA", asn: 3320 };

export interface Asked {
  readonly place?: Partial<Place>;
  readonly ip?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly bound?: string;
  readonly draw?: number;
  readonly now?: number;
}

/** A request to api.example.com, from beside Frankfurt unless told otherwise. */
export function inquiry({
  place = FRANKFURT,
  ip = "203.0.113.9",
  path = "/",
  headers = {},
  ...rest
}: Asked = {}): Inquiry {
  const client = parseIp(ip);
  if (!client) throw new Error(`a bad address: ${ip}`);
  const now = rest.now ?? NOW;
  const facts: Facts = {
    kind: "facts",
    requestId: hashText(ip).toString(16).padStart(32, "0"),
    method: "GET",
    scheme: "https",
    host: "api.example.com",
    hostname: "api.example.com",
    path: path.split("?", 1)[0] ?? "/",
    target: path,
    fields: headers,
    client,
    clientKey: clientKey(client),
    place: { ...nowhere, ...place },
  };
  return { facts, bound: rest.bound ?? null, headerKey: null, now, plannedAt: now, draw: rest.draw ?? 0.5 };
}
