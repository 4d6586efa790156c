import type { Facts } from "../../request/facts.ts";

/**
 * Whether a person is about to look at the answer: a browser that opens a page in a tab. Others cannot solve a puzzle
 * that is a page. Where the browser says what it does (Fetch Metadata), it must say the same; it says nothing over
 * plain HTTP.
 */
export function isNavigation({ method, fields }: Facts): boolean {
  const { accept, "sec-fetch-mode": mode, "sec-fetch-dest": dest } = fields;
  return (
    method === "GET" &&
    accept !== undefined &&
    /\btext\/html\b/i.test(accept.slice(0, MAX_ACCEPT)) &&
    (mode === undefined || mode === "navigate") &&
    (dest === undefined || dest === "document")
  );
}

/** Characters that are looked at: browsers name it first. */
const MAX_ACCEPT = 500;
