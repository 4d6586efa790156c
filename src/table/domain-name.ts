import { z } from "zod";

/** Octets that a name may have on the wire are 255 (RFC 1035, section 2.3.4): as text without the last dot, 253. */
const MAX_NAME_CHARS = 253;

const LABEL = "[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?";

/** In lower case, without the dot of the root. Names of other octets are legal in the DNS, and nobody serves any. */
export const domainNameSchema = z
  .string()
  .max(MAX_NAME_CHARS)
  .regex(
    new RegExp(`^${LABEL}(?:\\.${LABEL})*$`),
    "expected a domain name in lower case: letters, digits, hyphens, underscores, without a dot at its end",
  );

/** The owner of record sets, as a pattern: a name, or all names below one that are not there themselves (RFC 4592). */
export const OWNER = `(?:\\*\\.)?${LABEL}(?:\\.${LABEL})*`;
