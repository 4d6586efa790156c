import { MAX_MESSAGE_BYTES } from "../../src/dns/encode-response.ts";
import type { Told } from "../../src/geodns/authority.ts";
import { problem } from "../problem.ts";
import { readAtMost } from "../read-at-most.ts";

export const DNS_MESSAGE = "application/dns-message";

/** The DNS message in a request (RFC 8484, section 4.1), or the response to a request that has none. */
export async function readMessage(request: Request, url: URL): Promise<Uint8Array | Response> {
  if (request.method !== "POST") {
    const text = url.searchParams.get("dns");
    if (text === null) return bad("The parameter dns is missing");
    return fromBase64Url(text) ?? bad("The parameter dns is not base64url without padding");
  }
  if (essenceOf(request.headers.get("Content-Type")) !== DNS_MESSAGE)
    return refuse(415, "not-a-dns-message", `The body must be ${DNS_MESSAGE}`);
  return (await readAtMost(request.body, MAX_MESSAGE_BYTES)) ?? refuse(413, "too-large", "The message is too large");
}

/**
 * How long a cache may keep an answer: for the smallest TTL in it (RFC 8484, section 5.1), and only its own client's where
 * the answer depends on who asks, which no cache sees. `null` is for what nobody may keep.
 */
export function freshness(told: Told | null): Readonly<Record<string, string>> {
  if (told === null || told.maxAgeSeconds === 0) return { "Cache-Control": "no-store" };
  return { "Cache-Control": `${told.byPlace ? "private, " : ""}max-age=${told.maxAgeSeconds}` };
}

export const bad = (title: string) => refuse(400, "bad-query", title);

export function refuse(
  status: number,
  kind: string,
  title: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return problem({ status, type: `/problems/${kind}`, title, headers: { "Cache-Control": "no-store", ...headers } });
}

const essenceOf = (contentType: string | null) => contentType?.split(";", 1)[0]?.trim().toLowerCase() ?? "";

/** RFC 4648, section 5; `null` for what is none. */
function fromBase64Url(text: string): Uint8Array | null {
  if (!/^[\w-]+$/.test(text)) return null;
  try {
    return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
}
