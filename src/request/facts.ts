import { clientKey, type Ip, parseIp } from "../base/ip.ts";
import { type Continent, nowhere, type Place } from "../geo/place.ts";

/** The part of a Workers `Request` that facts are drawn from. */
export interface IncomingRequest {
  readonly method: string;
  /** Canonical: the host in lower case, no dot segments, no user, no fragment. */
  readonly url: string;
  readonly headers: IncomingHeaders;
  readonly cf?: unknown;
}

/** The part of the platform's `Headers` that is read. Each call leaves JavaScript, so that only one is made. */
interface IncomingHeaders {
  forEach(visit: (value: string, name: string) => void): void;
}

/** Header fields by name in lower case. */
export type Fields = Readonly<Record<string, string>>;

/** What is known of a request before anything is decided. Nothing later interprets the request itself. */
export interface Facts {
  readonly kind: "facts";
  /** 32 hexadecimal digits; also the trace id of the `traceparent` that goes on. */
  readonly requestId: string;
  readonly method: string;
  readonly scheme: "http" | "https";
  /** With the port, if the client wrote one. */
  readonly host: string;
  /** Without the port and the dot of a fully qualified name. */
  readonly hostname: string;
  readonly path: string;
  /** Path and query, as they go on. */
  readonly target: string;
  readonly fields: Fields;
  readonly client: Ip;
  /** The v4 address, or the v6 /64. */
  readonly clientKey: string;
  readonly place: Place;
}

export type Unintelligible =
  | { readonly kind: "url-too-long"; readonly length: number }
  | { readonly kind: "bad-client-address"; readonly text: string }
  | { readonly kind: "loop"; readonly via: string };

export interface Circumstances {
  readonly requestId: string;
  /** Looks a country up where the platform names none. */
  readonly countryByIp: (ip: Ip) => string | null;
}

/** Cloudflare's own limit on URLs (Workers, platform limits). */
export const MAX_URL_LENGTH = 16_384;

/** The name by which this edge is known in `Via` (RFC 9110, section 7.6.3) and `CDN-Loop` (RFC 8586). */
export const EDGE_NAME = "novacron";

/** Where no platform header names the client (tests, bare sockets), it is the machine itself. */
const LOOPBACK = "127.0.0.1";

export function readFacts(request: IncomingRequest, { requestId, countryByIp }: Circumstances): Facts | Unintelligible {
  const { url } = request;
  if (url.length > MAX_URL_LENGTH) return { kind: "url-too-long", length: url.length };
  const fields = readFields(request.headers);
  const loop = loopedThrough(fields["cdn-loop"]) ?? loopedThrough(fields.via);
  if (loop !== undefined) return { kind: "loop", via: loop };
  const address = fields["cf-connecting-ip"] ?? LOOPBACK;
  const client = parseIp(address);
  if (!client) return { kind: "bad-client-address", text: address.slice(0, 60) };

  const authority = url.indexOf("://") + 3;
  const pathStart = url.indexOf("/", authority);
  const queryStart = url.indexOf("?", pathStart);
  const host = url.slice(authority, pathStart);
  return {
    kind: "facts",
    requestId,
    method: request.method,
    scheme: url.startsWith("https:") ? "https" : "http",
    host,
    hostname: hostnameOf(host),
    path: queryStart < 0 ? url.slice(pathStart) : url.slice(pathStart, queryStart),
    target: url.slice(pathStart),
    fields,
    client,
    clientKey: clientKey(client),
    place: readPlace(request.cf, client, countryByIp),
  };
}

/** The colo in Cloudflare's `request.cf`. */
export const readColo = (cf: unknown): string | null =>
  typeof cf === "object" && cf !== null ? matching((cf as Record<string, unknown>).colo, /^[A-Z]{3}$/) : null;

/** Reads a place from Cloudflare's `request.cf`, any field of which may be missing or of another type. */
export function readPlace(cf: unknown, client: Ip, countryByIp: (ip: Ip) => string | null): Place {
  const fields = typeof cf === "object" && cf !== null ? (cf as Record<string, unknown>) : null;
  // The address of a Tor exit says nothing of who uses it.
  const country = fields?.country === "T1" ? null : (countryCode(fields?.country) ?? countryByIp(client));
  if (!fields) return country === null ? nowhere : { ...nowhere, country };
  const latitude = degrees(fields.latitude, 90);
  const longitude = degrees(fields.longitude, 180);
  const located = latitude !== null && longitude !== null;
  return {
    country,
    subdivision: matching(fields.regionCode, /^[0-9A-Z]{1,3}$/),
    continent: matching(fields.continent, /^(AF|AN|AS|EU|NA|OC|SA)$/) as Continent | null,
    latitude: located ? latitude : null,
    longitude: located ? longitude : null,
    colo: readColo(cf),
    asn: typeof fields.asn === "number" && Number.isInteger(fields.asn) && fields.asn > 0 ? fields.asn : null,
  };
}

/** `XX` is Cloudflare's word for unknown, `T1` for Tor; neither is a country. */
function countryCode(value: unknown): string | null {
  return value === "XX" ? null : matching(value, /^[A-Z]{2}$/);
}

const matching = (value: unknown, pattern: RegExp): string | null =>
  typeof value === "string" && pattern.test(value) ? value : null;

const DECIMAL = /^-?\d{1,3}(\.\d+)?$/;

function degrees(value: unknown, bound: number): number | null {
  const number =
    typeof value === "number" ? value : typeof value === "string" && DECIMAL.test(value) ? Number(value) : Number.NaN;
  return Math.abs(number) <= bound ? number : null;
}

/** A host without the port and the dot of a fully qualified name. */
export function hostnameOf(host: string): string {
  const colon = host.lastIndexOf(":");
  // A v6 literal ends with a bracket and has colons of its own.
  const name = colon < 0 || host.endsWith("]") ? host : host.slice(0, colon);
  return name.endsWith(".") ? name.slice(0, -1) : name;
}

/** A field that is called `__proto__` is lost, as an object cannot have it; nobody will miss it. */
function readFields(headers: IncomingHeaders): Fields {
  const fields: Record<string, string> = {};
  headers.forEach((value, name) => {
    fields[name] = value;
  });
  return fields;
}

function loopedThrough(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const names = header.split(",").map((part) => part.trim().split(/[\s;]+/));
  return names.some((words) => words.includes(EDGE_NAME)) ? header.slice(0, 200) : undefined;
}
