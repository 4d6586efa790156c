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

export const traitsOf = (facts: Facts): Traits =>
  traitsWith(facts, pathClassOf(facts.path), agentFamilyOf(facts.fields["user-agent"]));

const traitsWith = ({ clientKey, place, method }: Facts, pathClass: string, agentFamily: string): Traits => ({
  client: clientKey,
  country: place.country ?? "?",
  asn: place.asn ?? 0,
  method: method.slice(0, 20),
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

  read(facts: Facts): Traits {
    const agent = facts.fields["user-agent"];
    const family = agent === undefined ? "none" : remembered(this.#agentFamilies, agent, agentFamilyOf);
    return traitsWith(facts, remembered(this.#pathClasses, facts.path, pathClassOf), family);
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

const MAX_SEGMENTS = 4;
const MAX_SEGMENT_CHARS = 40;

/**
 * The kind of a path: its first segments, with `:id` for those that look like names of single things (numbers, UUIDs,
 * hashes, anything long). The query is no part of it, so that random queries do not make requests look different.
 */
export function pathClassOf(path: string): string {
  const segments = path.split("/", MAX_SEGMENTS + 2).slice(1);
  const classes = segments.slice(0, MAX_SEGMENTS).map((segment) => (isIdentifier(segment) ? ":id" : segment));
  return `/${classes.join("/")}${segments.length > MAX_SEGMENTS ? "/…" : ""}`;
}

const isIdentifier = (segment: string): boolean =>
  segment.length > MAX_SEGMENT_CHARS ||
  /^\d+$|^[0-9a-f]{8,}(-[0-9a-f]+)*$|\d{3,}|^(?=.*\d)[0-9a-zA-Z_-]{16,}$/i.test(segment);

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
