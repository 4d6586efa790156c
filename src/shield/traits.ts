import { z } from "zod";
import type { Facts } from "../request/facts.ts";

/** What a request has in common with others of its kind, of few values each; `?` where it is not known. */
export const traitsSchema = z.object({
  /** The v4 address, or the v6 /64. */
  client: z.string().min(1).max(64),
  country: z.string().min(1).max(8),
  /** 0 where it is not known. */
  asn: z.int().min(0).max(4_294_967_295),
  method: z.string().min(1).max(20),
  pathClass: z.string().min(1).max(200),
  agentFamily: z.string().min(1).max(50),
});
export type Traits = z.infer<typeof traitsSchema>;

/** The traits by which attacks are told from what is usual. A client is none: it is banned by itself. */
export const traitNames = ["country", "asn", "method", "pathClass", "agentFamily"] as const;
export type TraitName = (typeof traitNames)[number];

/** What traits are read from. */
export interface TraitSource extends Pick<Facts, "clientKey" | "place" | "method" | "path"> {
  readonly agent: string | undefined;
}

/** The longest user agent that is kept to be read. */
const MAX_AGENT_CHARS = 300;
/** What a target or a user agent may take in memory for the sake of the part of it that is kept. */
const MAX_HELD_CHARS = 1000;

export function traitSource({ clientKey, place, method, path, target, fields }: Facts): TraitSource {
  const agent = fields["user-agent"];
  return {
    clientKey,
    place,
    method,
    path: startOf(path, MAX_PATH_CHARS, target.length),
    agent: agent && startOf(agent, MAX_AGENT_CHARS, agent.length),
  };
}

/** A part of a text holds all of it in memory; what has been parsed anew does not. */
function startOf(text: string, maxChars: number, heldChars: number): string {
  const start = text.slice(0, maxChars);
  return heldChars > MAX_HELD_CHARS ? JSON.parse(JSON.stringify(start)) : start;
}

const traitsWith = (source: TraitSource, pathClass: string, agentFamily: string): Traits => ({
  client: source.clientKey,
  country: countryOf(source),
  asn: source.place.asn ?? 0,
  method: methodOf(source),
  pathClass,
  agentFamily,
});

/** Paths, and user agents, that a reader remembers. Longer ones, which cost more to hold than to read, it does not. */
const MAX_REMEMBERED = 500;
const MAX_REMEMBERED_CHARS = 300;

/** Reads traits, and remembers what it has read of late: most requests are like others. */
export class TraitReader {
  readonly #pathClasses = new Map<string, string>();
  readonly #agentFamilies = new Map<string, string>();

  read(source: TraitSource): Traits {
    const { agent, path } = source;
    const family = agent === undefined ? "none" : remembered(this.#agentFamilies, agent, agentFamilyOf);
    return traitsWith(source, remembered(this.#pathClasses, path, pathClassOf), family);
  }
}

function remembered(known: Map<string, string>, text: string, read: (text: string) => string): string {
  const before = known.get(text);
  if (before !== undefined) return before;
  const value = read(text);
  if (text.length > MAX_REMEMBERED_CHARS) return value;
  if (known.size >= MAX_REMEMBERED) known.clear();
  known.set(text, value);
  return value;
}

export const countryOf = ({ place }: Pick<Facts, "place">): string => place.country ?? "?";
export const methodOf = ({ method }: Pick<Facts, "method">): string => method.slice(0, 20);

const MAX_SEGMENTS = 4;
const MAX_SEGMENT_CHARS = 40;
/** Of a segment's text that is decoded: escapes are three characters each, and up to four of them are one. */
const MAX_DECODED_CHARS = 12 * MAX_SEGMENT_CHARS;
/** Of a path that is read: what follows a segment that is longer than any name is of no kind. */
const MAX_PATH_CHARS = MAX_SEGMENTS * (MAX_DECODED_CHARS + 1) + 1;

/**
 * The kind of a path: its first segments, with `:id` for those that look like names of single things (numbers, UUIDs,
 * hashes, anything long). What a client may write in many ways is one class: escapes are resolved, and neither the query
 * nor parameters of a segment (`;v=1`, RFC 3986, section 3.3) are part of it, so that random ones make no new class.
 * Random words of letters alone do; they are told from real ones by their number only, which is the sketches' affair.
 */
export function pathClassOf(wholePath: string): string {
  const path = wholePath.slice(0, MAX_PATH_CHARS);
  let text = "";
  let start = 1;
  for (let count = 0; count < MAX_SEGMENTS; count++) {
    const slash = path.indexOf("/", start);
    const end = slash < 0 ? path.length : slash;
    text += `/${segmentClass(path, start, end)}`;
    if (slash < 0) return text;
    start = end + 1;
  }
  return `${text}/…`;
}

function segmentClass(path: string, start: number, end: number): string {
  if (end - start > MAX_DECODED_CHARS) return ":id";
  const segment = withoutParameters(path.slice(start, end));
  const decoded = segment.includes("%") ? decode(segment) : segment;
  return decoded === null || isIdentifier(decoded) ? ":id" : decoded;
}

function withoutParameters(segment: string): string {
  const semicolon = segment.indexOf(";");
  return semicolon < 0 ? segment : segment.slice(0, semicolon);
}

/** `null` for escapes that are no UTF-8, or nothing to be shown. A slash that is escaped stays so: it divides nothing. */
function decode(segment: string): string | null {
  try {
    const decoded = decodeURIComponent(segment);
    return /\p{C}/u.test(decoded) ? null : decoded.replaceAll("/", "%2F");
  } catch {
    return null;
  }
}

/**
 * Digits alone; hexadecimal digits, in groups or with an extension; three digits in a row; letters between digits; 16
 * characters and more of the alphabet of tokens with a digit among them.
 */
const IDENTIFIER = /^\d+$|^[0-9a-f]{8,}(-[0-9a-f]+)*(\.\w{1,8})?$|\d{3,}|\d[a-z]+\d|^(?=.*\d)[0-9a-zA-Z_-]{16,}$/i;

const isIdentifier = (segment: string): boolean => segment.length > MAX_SEGMENT_CHARS || IDENTIFIER.test(segment);

/** From the more special to the more general, since browsers name one another. */
const families: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["bot", /bot|crawler|spider|slurp/i],
  ["curl", /^curl\//i],
  ["wget", /^wget\//i],
  ["python", /python|aiohttp|httpx/i],
  ["go", /^go-http-client/i],
  ["java", /java\/|okhttp|apache-httpclient/i],
  ["node", /node|undici|axios/i],
  ["edge", /\bedg(e|a|ios)?\//i],
  ["opera", /\bopr\//i],
  ["firefox", /\bfirefox\//i],
  ["chrome", /\bchrom(e|ium)\/|\bcrios\//i],
  ["safari", /\bsafari\//i],
];

export function agentFamilyOf(userAgent: string | undefined): string {
  if (userAgent === undefined || userAgent === "") return "none";
  const start = userAgent.slice(0, 300);
  return families.find(([, pattern]) => pattern.test(start))?.[0] ?? "other";
}
