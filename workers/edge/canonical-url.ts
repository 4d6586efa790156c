/**
 * What the runtime passes on as the client wrote it and a URL parser would leave as it is: a host in lower case, and
 * a path without dot segments, back slashes or characters to be escaped.
 */
const PLAIN =
  /^https?:\/\/(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])(?::\d{1,5})?\/[\w!$%&'()*+,./:;=?@[\]|~-]*$/;
/** A URL parser lets more through, such as the quotation mark, which would end the quoted host in `Forwarded`. */
const HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;
const DOT_SEGMENT = /\/\.|%2e/i;

/**
 * A request's URL as a URL parser has it, without user and fragment; `null` where `Host` names no host. The service
 * is chosen by it: `fetch` resolves dot segments on the way to the backend, so that a choice by the raw path would
 * be one service's for a path that the backend takes for another's.
 */
export function canonicalUrl(url: string): string | null {
  if (PLAIN.test(url) && !DOT_SEGMENT.test(url)) return url;
  if (!URL.canParse(url)) return null;
  const { protocol, host, pathname, search } = new URL(url);
  return HOST.test(host) ? `${protocol}//${host}${pathname}${search}` : null;
}
