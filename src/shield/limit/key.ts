import { hashText } from "../../base/hash.ts";
import { type Ip, maskWord } from "../../base/ip.ts";
import { plainPath } from "../../base/plain-path.ts";
import type { Facts } from "../../request/facts.ts";
import type { LimitKeyPart, RateLimit } from "../../table/rate-limit.ts";
import { hasPrefix } from "../../table/snapshot.ts";

/** What of a request is missing is the same for all that lack it. */
const MISSING = "-";

/** Whether a request spends tokens of the policy. */
export const spendsOf = (rules: RateLimit, request: Pick<Facts, "method" | "path">): boolean =>
  rules.cost > 0 && isLimitedBy(rules, request);

export function isLimitedBy(
  { pathPrefix, methods }: RateLimit,
  { method, path }: Pick<Facts, "method" | "path">,
): boolean {
  return (
    (methods === null || methods.includes(method)) && (pathPrefix === "/" || hasPrefix(plainPath(path), pathPrefix))
  );
}

/** Who is limited: at most some 160 characters, of an alphabet that a part cannot leave. */
export function limitKey(parts: readonly LimitKeyPart[], facts: Facts): string {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return partOf(first, facts);
  return parts.map((part) => partOf(part, facts)).join("|");
}

function partOf(part: LimitKeyPart, { clientKey, fields, place }: Facts): string {
  switch (part.kind) {
    case "client-address":
      return clientKey;
    case "header":
      return secretPart(fields[part.name]);
    case "cookie":
      return secretPart(cookieOf(fields.cookie, part.name));
    case "asn":
      return place.asn === null ? MISSING : String(place.asn);
    case "country":
      return place.country ?? MISSING;
  }
}

/**
 * 64 bits of a value that clients choose, as it may be long or secret and names an object. That somebody could find
 * another value with these bits helps him to nothing: he would only share the other's limit.
 */
function secretPart(value: string | undefined): string {
  if (value === undefined) return MISSING;
  return `${hashText(value).toString(36)}.${hashText(value, 0x5bd1e995).toString(36)}`;
}

/** The first cookie of this name (RFC 6265, section 5.4). */
function cookieOf(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined;
  for (const pair of header.split(";")) {
    const equals = pair.indexOf("=");
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}

/** The hash of the /24 of a v4 address, or of the /48 of a v6 one. */
export function networkHash(ip: Ip, seed: number): number {
  if (ip.family === 4) return mixed(seed ^ (ip.word & maskWord(24)));
  return mixed(mixed(seed ^ ip.words[0]) ^ (ip.words[1] & maskWord(16)));
}

/** As `mix32`, of which 0 makes 0. */
const mixed = (word: number): number => hashText("", word);
